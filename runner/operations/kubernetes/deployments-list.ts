import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type KubernetesDeploymentSchema,
  KubernetesOperations,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import {
  kubernetesClientOf,
  kubernetesModes,
} from "../../clouds/kubernetes/client-of-connection.ts";
import type { InClusterSettings } from "../../clouds/kubernetes/in-cluster.ts";
import { type Deployment, deploymentSchema } from "../../clouds/kubernetes/objects.ts";
import { type OperationHandler, unaryOperation } from "../operation.ts";
import {
  namespaceProblem,
  pageParameters,
  pageProblems,
  problemsOf,
  selectorProblem,
} from "./checks.ts";
import { describeMetadata, readPage } from "./read-answer.ts";

/** `kubernetes.deployments.list`: one page of deployments, of one namespace or of all. */
export function deploymentsList(inCluster: InClusterSettings): OperationHandler {
  return unaryOperation(KubernetesOperations.method.listDeployments, {
    modes: kubernetesModes,
    check: (input) =>
      problemsOf({
        namespace: namespaceProblem(input.namespace, "may be empty"),
        label_selector: selectorProblem(input.labelSelector),
        ...pageProblems(input.page),
      }),
    execute: async (input, context) => {
      const client = await kubernetesClientOf(context, inCluster);
      const scope = input.namespace === "" ? [] : ["namespaces", input.namespace];
      const answer = await client.readJson(
        {
          path: ["apis", "apps", "v1", ...scope, "deployments"],
          parameters: { labelSelector: input.labelSelector, ...pageParameters(input.page) },
        },
        context.signal,
      );
      const { items, continueToken } = readPage(deploymentSchema, answer);
      return { deployments: items.map(describeDeployment), continueToken };
    },
  });
}

function describeDeployment({
  metadata,
  spec,
  status,
}: Deployment): MessageInitShape<typeof KubernetesDeploymentSchema> {
  return {
    ...describeMetadata(metadata),
    namespace: metadata.namespace,
    // The API server fills it in; 1 is its own default (apps/v1, DeploymentSpec).
    replicas: spec.replicas ?? 1,
    readyReplicas: status?.readyReplicas ?? 0,
    updatedReplicas: status?.updatedReplicas ?? 0,
    availableReplicas: status?.availableReplicas ?? 0,
    images: spec.template.spec.containers.map(({ image }) => image),
  };
}
