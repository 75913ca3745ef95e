import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  KubernetesContainerSchema,
  KubernetesPodSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import type { ContainerStatus, Pod } from "../../clouds/kubernetes/objects.ts";
import { describeMetadata } from "./read-answer.ts";

/** What of a pod may leave the runner. */
export function describePod(pod: Pod): MessageInitShape<typeof KubernetesPodSchema> {
  const { metadata, spec, status } = pod;
  const controller = metadata.ownerReferences?.find((owner) => owner.controller === true);
  return {
    ...describeMetadata(metadata),
    namespace: metadata.namespace,
    phase: status?.phase ?? "",
    reason: status?.reason ?? "",
    nodeName: spec.nodeName ?? "",
    podIp: status?.podIP ?? "",
    serviceAccountName: spec.serviceAccountName ?? "",
    owner: controller === undefined ? "" : `${controller.kind}/${controller.name}`,
    containers: [
      ...describeContainers(spec.initContainers ?? [], status?.initContainerStatuses, true),
      ...describeContainers(spec.containers, status?.containerStatuses, false),
    ],
  };
}

function describeContainers(
  containers: Pod["spec"]["containers"],
  statuses: readonly ContainerStatus[] | null | undefined,
  isInit: boolean,
): readonly MessageInitShape<typeof KubernetesContainerSchema>[] {
  return containers.map(({ name, image }) => {
    const status = statuses?.find((each) => each.name === name);
    return {
      name,
      image,
      isInit,
      ready: status?.ready ?? false,
      restartCount: status?.restartCount ?? 0,
      ...describeState(status?.state),
    };
  });
}

function describeState(
  state: ContainerStatus["state"],
): Pick<MessageInitShape<typeof KubernetesContainerSchema>, "state" | "reason" | "exitCode"> {
  if (state?.terminated !== undefined) {
    const { reason = "", exitCode = 0 } = state.terminated;
    return { state: "terminated", reason, exitCode };
  }
  if (state?.running !== undefined) {
    return { state: "running" };
  }
  return state?.waiting === undefined
    ? {}
    : { state: "waiting", reason: state.waiting.reason ?? "" };
}
