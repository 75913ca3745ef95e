import { KubernetesOperations } from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import {
  kubernetesClientOf,
  kubernetesModes,
} from "../../clouds/kubernetes/client-of-connection.ts";
import type { InClusterSettings } from "../../clouds/kubernetes/in-cluster.ts";
import { podSchema } from "../../clouds/kubernetes/objects.ts";
import { type OperationHandler, unaryOperation } from "../operation.ts";
import {
  namespaceProblem,
  pageParameters,
  pageProblems,
  problemsOf,
  selectorProblem,
} from "./checks.ts";
import { describePod } from "./describe-pod.ts";
import { readPage } from "./read-answer.ts";

/** `kubernetes.pods.list`: one page of pods, of one namespace or of all. */
export function podsList(inCluster: InClusterSettings): OperationHandler {
  return unaryOperation(KubernetesOperations.method.listPods, {
    modes: kubernetesModes,
    check: (input) =>
      problemsOf({
        namespace: namespaceProblem(input.namespace, "may be empty"),
        label_selector: selectorProblem(input.labelSelector),
        field_selector: selectorProblem(input.fieldSelector),
        ...pageProblems(input.page),
      }),
    execute: async (input, context) => {
      const client = await kubernetesClientOf(context, inCluster);
      const scope = input.namespace === "" ? [] : ["namespaces", input.namespace];
      const answer = await client.readJson(
        {
          path: ["api", "v1", ...scope, "pods"],
          parameters: {
            labelSelector: input.labelSelector,
            fieldSelector: input.fieldSelector,
            ...pageParameters(input.page),
          },
        },
        context.signal,
      );
      const { items, continueToken } = readPage(podSchema, answer);
      return { pods: items.map(describePod), continueToken };
    },
  });
}
