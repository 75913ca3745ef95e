export { ApiKey, type ApiKeyArgs } from "./api-key.ts";
export {
  type AuthenticationMode,
  Connection,
  type ConnectionArgs,
  type ConnectionProvider,
} from "./connection.ts";
export type {
  AwsConnectionSettings,
  AzureConnectionSettings,
  ConnectionSettings,
  GcpConnectionSettings,
  KubernetesConnectionSettings,
  PulumiConnectionSettings,
  Reference,
} from "./connection-settings.ts";
export { Organization, type OrganizationArgs } from "./organization.ts";
export { Provider, type ProviderArgs } from "./provider.ts";
export { Runner, type RunnerArgs } from "./runner.ts";
export { RunnerCredentials, type RunnerCredentialsArgs } from "./runner-credentials.ts";
export { Secret, type SecretArgs } from "./secret.ts";
export { type Role, ServiceAccount, type ServiceAccountArgs } from "./service-account.ts";
export { Variable, type VariableArgs } from "./variable.ts";
