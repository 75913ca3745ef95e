import type { ResourceKind } from "./resource-kind.ts";
import { apiKeyKind } from "./resources/api-key.ts";
import { connectionKind } from "./resources/connection.ts";
import { organizationKind } from "./resources/organization.ts";
import { runnerKind } from "./resources/runner.ts";
import { runnerCredentialsKind } from "./resources/runner-credentials.ts";
import { secretKind } from "./resources/secret.ts";
import { serviceAccountKind } from "./resources/service-account.ts";
import { variableKind } from "./resources/variable.ts";

/** Every kind of resource that the provider has. */
export const resourceKinds: readonly ResourceKind[] = [
  apiKeyKind,
  connectionKind,
  organizationKind,
  runnerKind,
  runnerCredentialsKind,
  secretKind,
  serviceAccountKind,
  variableKind,
];

/** Token of a kind in programs and states, such as `holdfast:index:Runner`. */
export function tokenOf(kind: ResourceKind): string {
  return `holdfast:index:${kind.name}`;
}
