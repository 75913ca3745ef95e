import { KubernetesOperations } from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import {
  kubernetesClientOf,
  kubernetesModes,
} from "../../clouds/kubernetes/client-of-connection.ts";
import type { InClusterSettings } from "../../clouds/kubernetes/in-cluster.ts";
import { podSchema } from "../../clouds/kubernetes/objects.ts";
import { type OperationHandler, unaryOperation } from "../operation.ts";
import { namespaceProblem, podNameProblem, problemsOf } from "./checks.ts";
import { describePod } from "./describe-pod.ts";
import { readObject } from "./read-answer.ts";

/** `kubernetes.pods.get`: one pod. */
export function podsGet(inCluster: InClusterSettings): OperationHandler {
  return unaryOperation(KubernetesOperations.method.getPod, {
    modes: kubernetesModes,
    check: ({ namespace, name }) =>
      problemsOf({
        namespace: namespaceProblem(namespace, "required"),
        name: podNameProblem(name),
      }),
    execute: async ({ namespace, name }, context) => {
      const client = await kubernetesClientOf(context, inCluster);
      const path = ["api", "v1", "namespaces", namespace, "pods", name];
      const answer = await client.readJson({ path, parameters: {} }, context.signal);
      return { pod: describePod(readObject(podSchema, answer)) };
    },
  });
}
