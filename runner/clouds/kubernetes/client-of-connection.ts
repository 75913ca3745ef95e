import { Failure } from "@holdfast/foundation/failure.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { OperationContext } from "../../operations/operation.ts";
import { type InClusterSettings, readInClusterAccess } from "./in-cluster.ts";
import { KubernetesClient } from "./kubernetes-client.ts";

/** Modes that lead to a client. */
export const kubernetesModes: readonly AuthenticationMode[] = [
  AuthenticationMode.RUNNER_DELEGATED,
  AuthenticationMode.INLINE,
];

/**
 * Mode in, client out. Each mode has its one way to an identity; a failure of one never leads to the
 * identity of another.
 *
 * @throws {Failure} `operation.mode_unsupported`, `cloud.identity_missing`, `cloud.credentials_invalid`.
 */
export async function kubernetesClientOf(
  context: Pick<OperationContext, "connection" | "openCredentials">,
  inCluster: InClusterSettings,
): Promise<KubernetesClient> {
  const mode = context.connection?.mode;
  if (mode === AuthenticationMode.RUNNER_DELEGATED) {
    return new KubernetesClient(await readInClusterAccess(inCluster));
  }
  if (mode === AuthenticationMode.INLINE) {
    const { parseKubeconfig } = await import("./kubeconfig.ts");
    return new KubernetesClient(parseKubeconfig(await context.openCredentials()));
  }
  throw new Failure(
    "operation.mode_unsupported",
    "Operations on clusters use connections of the modes runner-delegated and inline.",
  );
}
