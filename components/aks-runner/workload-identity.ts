import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesIdentity } from "../kubernetes-runner/kubernetes-identity.ts";

/**
 * What AKS' webhook wants to see on a service account and on the pods, to give them a token of the identity
 * (Microsoft Entra Workload ID, "Service account labels and annotations", "Pod labels").
 *
 * The label belongs on the pods: on the service account alone it does nothing. No exception of the network
 * policy is needed, since the token is exchanged at `login.microsoftonline.com`, on port 443.
 *
 * @param startAfter the webhook looks when a pod is made; what comes later it does not see.
 */
export function aksWorkloadIdentity(
  clientId: pulumi.Input<string>,
  startAfter: readonly pulumi.Resource[],
): KubernetesIdentity {
  return {
    serviceAccountAnnotations: { "azure.workload.identity/client-id": clientId },
    podLabels: { "azure.workload.identity/use": "true" },
    startAfter,
  };
}
