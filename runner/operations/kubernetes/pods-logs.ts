import { KubernetesOperations } from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import {
  kubernetesClientOf,
  kubernetesModes,
} from "../../clouds/kubernetes/client-of-connection.ts";
import type { InClusterSettings } from "../../clouds/kubernetes/in-cluster.ts";
import { type OperationHandler, streamOperation } from "../operation.ts";
import { containerProblem, namespaceProblem, podNameProblem, problemsOf } from "./checks.ts";

/** `kubernetes.pods.logs`: the log of one container as it was written, followed if asked for. */
export function podsLogs(inCluster: InClusterSettings): OperationHandler {
  return streamOperation(KubernetesOperations.method.podLogs, {
    modes: kubernetesModes,
    check: (input) =>
      problemsOf({
        namespace: namespaceProblem(input.namespace, "required"),
        name: podNameProblem(input.name),
        container: containerProblem(input.container),
        previous:
          input.previous && input.follow
            ? "must not be set together with follow: that instance writes no more"
            : undefined,
      }),
    execute: async function* (input, context) {
      const client = await kubernetesClientOf(context, inCluster);
      const chunks = client.readStream(
        {
          path: ["api", "v1", "namespaces", input.namespace, "pods", input.name, "log"],
          parameters: {
            container: input.container,
            follow: input.follow,
            previous: input.previous,
            sinceSeconds: input.sinceSeconds,
            tailLines: input.tailLines,
            timestamps: input.timestamps,
          },
        },
        context.signal,
      );
      for await (const content of chunks) {
        yield { content };
      }
    },
  });
}
