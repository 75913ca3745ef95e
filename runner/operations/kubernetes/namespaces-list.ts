import { KubernetesOperations } from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import {
  kubernetesClientOf,
  kubernetesModes,
} from "../../clouds/kubernetes/client-of-connection.ts";
import type { InClusterSettings } from "../../clouds/kubernetes/in-cluster.ts";
import { namespaceSchema } from "../../clouds/kubernetes/objects.ts";
import { type OperationHandler, unaryOperation } from "../operation.ts";
import { pageParameters, pageProblems, problemsOf, selectorProblem } from "./checks.ts";
import { describeMetadata, readPage } from "./read-answer.ts";

/** `kubernetes.namespaces.list`: one page of namespaces. */
export function namespacesList(inCluster: InClusterSettings): OperationHandler {
  return unaryOperation(KubernetesOperations.method.listNamespaces, {
    modes: kubernetesModes,
    check: (input) =>
      problemsOf({
        label_selector: selectorProblem(input.labelSelector),
        ...pageProblems(input.page),
      }),
    execute: async (input, context) => {
      const client = await kubernetesClientOf(context, inCluster);
      const answer = await client.readJson(
        {
          path: ["api", "v1", "namespaces"],
          parameters: { labelSelector: input.labelSelector, ...pageParameters(input.page) },
        },
        context.signal,
      );
      const { items, continueToken } = readPage(namespaceSchema, answer);
      return {
        namespaces: items.map(({ metadata, status }) => ({
          ...describeMetadata(metadata),
          phase: status?.phase ?? "",
        })),
        continueToken,
      };
    },
  });
}
