import type { Clock } from "@holdfast/foundation/clock.ts";
import type {
  KubernetesContainer,
  KubernetesDeployment,
  KubernetesNamespace,
  KubernetesPod,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { ago } from "../output/print.ts";
import type { Column } from "../output/table.ts";

/** Columns of a list of pods. */
export function podColumns(clock: Clock): readonly Column<KubernetesPod>[] {
  return [
    { title: "namespace", of: ({ namespace }) => namespace },
    { title: "name", of: ({ name }) => name },
    { title: "ready", of: readyText },
    { title: "status", of: statusText },
    { title: "restarts", of: ({ containers }) => String(sum(containers)) },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
    { title: "node", of: ({ nodeName }) => nodeName },
  ];
}

/** What there is to say of one pod. */
export function podDetails(clock: Clock): readonly Column<KubernetesPod>[] {
  return [
    ...podColumns(clock),
    { title: "ip", of: ({ podIp }) => podIp },
    { title: "service account", of: ({ serviceAccountName }) => serviceAccountName },
    { title: "owner", of: ({ owner }) => owner },
    { title: "labels", of: ({ labels }) => labelText(labels) },
    { title: "uid", of: ({ uid }) => uid },
  ];
}

/** Columns of a pod's containers. */
export const containerColumns: readonly Column<KubernetesContainer>[] = [
  { title: "container", of: ({ name, isInit }) => (isInit ? `${name} (init)` : name) },
  { title: "image", of: ({ image }) => image },
  { title: "ready", of: ({ ready }) => (ready ? "yes" : "no") },
  { title: "state", of: ({ state, reason }) => (reason === "" ? state : `${state} (${reason})`) },
  { title: "restarts", of: ({ restartCount }) => String(restartCount) },
];

/** Columns of a list of namespaces. */
export function namespaceColumns(clock: Clock): readonly Column<KubernetesNamespace>[] {
  return [
    { title: "name", of: ({ name }) => name },
    { title: "phase", of: ({ phase }) => phase },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
    { title: "labels", of: ({ labels }) => labelText(labels) },
  ];
}

/** Columns of a list of deployments. */
export function deploymentColumns(clock: Clock): readonly Column<KubernetesDeployment>[] {
  return [
    { title: "namespace", of: ({ namespace }) => namespace },
    { title: "name", of: ({ name }) => name },
    { title: "ready", of: ({ readyReplicas, replicas }) => `${readyReplicas}/${replicas}` },
    { title: "updated", of: ({ updatedReplicas }) => String(updatedReplicas) },
    { title: "available", of: ({ availableReplicas }) => String(availableReplicas) },
    { title: "images", of: ({ images }) => images.join(", ") },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
  ];
}

function readyText({ containers }: KubernetesPod): string {
  const lasting = containers.filter(({ isInit }) => !isInit);
  return `${lasting.filter(({ ready }) => ready).length}/${lasting.length}`;
}

/** What keeps the pod from running says more than its phase. */
function statusText({ phase, reason, containers }: KubernetesPod): string {
  const waiting = containers.find((each) => each.state === "waiting" && each.reason !== "");
  return waiting?.reason ?? (reason === "" ? phase : reason);
}

function sum(containers: readonly KubernetesContainer[]): number {
  return containers.reduce((total, { restartCount }) => total + restartCount, 0);
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
