export { AksRunner } from "./aks-runner/aks-runner.ts";
export type { AksRunnerArgs } from "./aks-runner/aks-runner-args.ts";
export { ApiKey, type ApiKeyArgs } from "./api-key.ts";
export {
  AwsPrivateCaCertificate,
  type AwsPrivateCaCertificateArgs,
} from "./certificate-authority/aws-private-ca-certificate.ts";
export {
  CertManagerCertificate,
  type CertManagerCertificateArgs,
} from "./certificate-authority/cert-manager-certificate.ts";
export { CertificateAuthority } from "./certificate-authority/certificate-authority.ts";
export type {
  CertificateAuthorityArgs,
  CertificateGenerationArgs,
} from "./certificate-authority/certificate-authority-args.ts";
export { CertificateGenerationState } from "./certificate-authority/certificate-generation-state.ts";
export { CertificateKey } from "./certificate-authority/certificate-key.ts";
export type { CertificateKeyArgs } from "./certificate-authority/certificate-key-args.ts";
export { CertificatePurpose } from "./certificate-authority/certificate-purpose.ts";
export {
  GcpCaServiceCertificate,
  type GcpCaServiceCertificateArgs,
} from "./certificate-authority/gcp-ca-service-certificate.ts";
export type { IssuedCertificateArgs } from "./certificate-authority/issued-certificate-args.ts";
export {
  ProvidedCertificate,
  type ProvidedCertificateArgs,
} from "./certificate-authority/provided-certificate.ts";
export { ServerCertificate } from "./certificate-authority/server-certificate.ts";
export type { ServerCertificateArgs } from "./certificate-authority/server-certificate-args.ts";
export { CloudRunRunner } from "./cloud-run-runner/cloud-run-runner.ts";
export type { CloudRunRunnerArgs } from "./cloud-run-runner/cloud-run-runner-args.ts";
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
export type { ContainerAppsNetworkArgs } from "./container-apps-runner/container-apps-network-args.ts";
export { ContainerAppsRunner } from "./container-apps-runner/container-apps-runner.ts";
export type { ContainerAppsRunnerArgs } from "./container-apps-runner/container-apps-runner-args.ts";
export type { AwsRoleArgs, AwsStateBackendArgs } from "./cross-account/aws-role-args.ts";
export { roleTemplate } from "./cross-account/aws-role-template.ts";
export { AwsRolesAnywhereTrust } from "./cross-account/aws-roles-anywhere-trust.ts";
export type { AwsRolesAnywhereTrustArgs } from "./cross-account/aws-roles-anywhere-trust-args.ts";
export { AwsTargetRole } from "./cross-account/aws-target-role.ts";
export type { AwsEksCallerArgs, AwsTargetRoleArgs } from "./cross-account/aws-target-role-args.ts";
export { AzureCrossTenantApplication } from "./cross-account/azure-cross-tenant-application.ts";
export type { AzureCrossTenantApplicationArgs } from "./cross-account/azure-cross-tenant-application-args.ts";
export type { AzureExistingIdentityArgs } from "./cross-account/azure-existing-identity-args.ts";
export { AzureFederatedTrust } from "./cross-account/azure-federated-trust.ts";
export type { AzureFederatedTrustArgs } from "./cross-account/azure-federated-trust-args.ts";
export { AzureTargetGrant } from "./cross-account/azure-target-grant.ts";
export type { AzureTargetGrantArgs } from "./cross-account/azure-target-grant-args.ts";
export { GcpGrantMode } from "./cross-account/gcp-grant-mode.ts";
export type { GcpRoleGrantArgs } from "./cross-account/gcp-role-grant-args.ts";
export { GcpTargetGrant } from "./cross-account/gcp-target-grant.ts";
export type { GcpTargetGrantArgs } from "./cross-account/gcp-target-grant-args.ts";
export { GcpX509Trust } from "./cross-account/gcp-x509-trust.ts";
export type { GcpX509TrustArgs } from "./cross-account/gcp-x509-trust-args.ts";
export type { KubernetesAccessArgs } from "./cross-account/kubernetes-access-args.ts";
export { KubernetesTargetAccess } from "./cross-account/kubernetes-target-access.ts";
export type { KubernetesTargetAccessArgs } from "./cross-account/kubernetes-target-access-args.ts";
export { EcsCpuArchitecture } from "./ecs-runner/ecs-cpu-architecture.ts";
export { EcsRunner } from "./ecs-runner/ecs-runner.ts";
export type { EcsRunnerArgs } from "./ecs-runner/ecs-runner-args.ts";
export { EksIdentityMode } from "./eks-runner/eks-identity-mode.ts";
export { EksRunner } from "./eks-runner/eks-runner.ts";
export type { EksRunnerArgs } from "./eks-runner/eks-runner-args.ts";
export { GkeIdentityMode } from "./gke-runner/gke-identity-mode.ts";
export { GkeRunner } from "./gke-runner/gke-runner.ts";
export type { GkeRunnerArgs } from "./gke-runner/gke-runner-args.ts";
export { KubernetesRunner } from "./kubernetes-runner/kubernetes-runner.ts";
export type { KubernetesRunnerArgs } from "./kubernetes-runner/kubernetes-runner-args.ts";
export { awsPolicy } from "./least-privilege/aws-policy.ts";
export { azureActions } from "./least-privilege/azure-actions.ts";
export { gcpPermissions } from "./least-privilege/gcp-permissions.ts";
export { kubernetesRules } from "./least-privilege/kubernetes-rules.ts";
export { Organization, type OrganizationArgs } from "./organization.ts";
export { Provider, type ProviderArgs } from "./provider.ts";
export { Runner, type RunnerArgs } from "./runner.ts";
export { RunnerCredentials, type RunnerCredentialsArgs } from "./runner-credentials.ts";
export { RunnerDeployment } from "./runner-deployment/runner-deployment.ts";
export type { RunnerDeploymentArgs } from "./runner-deployment/runner-deployment-args.ts";
export { RunnerIdentity } from "./runner-identity/runner-identity.ts";
export type { RunnerIdentityArgs } from "./runner-identity/runner-identity-args.ts";
export { RunnerLogLevel } from "./runner-workload/runner-log-level.ts";
export type { RunnerWorkloadArgs } from "./runner-workload/runner-workload-args.ts";
export { Secret, type SecretArgs } from "./secret.ts";
export { type Role, ServiceAccount, type ServiceAccountArgs } from "./service-account.ts";
export { Variable, type VariableArgs } from "./variable.ts";
