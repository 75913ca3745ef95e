import { type DescMessage, fromBinary, toJson } from "@bufbuild/protobuf";
import type { Clock } from "@holdfast/foundation/clock.ts";
import {
  KubernetesDeploymentsListOutputSchema,
  KubernetesNamespacesListOutputSchema,
  KubernetesPodsGetOutputSchema,
  KubernetesPodsListOutputSchema,
  KubernetesPodsLogsItemSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import {
  PulumiCancelOutputSchema,
  PulumiEventSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { RunnerDescribeOutputSchema } from "@holdfast/protocol/generated/holdfast/v1/operations_runner_pb.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { formatJson } from "../output/print.ts";
import { formatDetails, formatTable } from "../output/table.ts";
import {
  containerColumns,
  deploymentColumns,
  namespaceColumns,
  podColumns,
  podDetails,
} from "./kubernetes-columns.ts";
import { formatPulumiEvent } from "./pulumi-events.ts";
import { runnerDetails } from "./runner-details.ts";

/** What is shown for one item of a stream. */
export interface ShownItem {
  /** For standard output, as it is. */
  readonly text: string | Uint8Array;
  /** For the line at the terminal's end; nothing while the text itself must stay untouched. */
  readonly progress: string;
}

/** How the results of one kind are shown to eyes. */
export interface Showing {
  readonly item: (bytes: Uint8Array) => ShownItem;
  readonly output: (bytes: Uint8Array) => string;
}

/** How the results of a kind are shown; as JSON if nothing better is known. */
export function showingOf(kind: string, clock: Clock): Showing {
  const plain = plainShowing(kind);
  switch (kind) {
    case "kubernetes.pods.logs":
      return { ...plain, item: logItem };
    case "pulumi.preview":
    case "pulumi.up":
    case "pulumi.refresh":
    case "pulumi.destroy":
      return {
        ...plain,
        item: (bytes) => formatPulumiEvent(kind, fromBinary(PulumiEventSchema, bytes)),
      };
    default: {
      const output = outputs[kind];
      return output === undefined ? plain : { ...plain, output: (bytes) => output(bytes, clock) };
    }
  }
}

/** Log text goes out byte for byte: it may be cut anywhere, and may be no text at all. */
function logItem(bytes: Uint8Array): ShownItem {
  return { text: fromBinary(KubernetesPodsLogsItemSchema, bytes).content, progress: "" };
}

const outputs: Readonly<Record<string, (bytes: Uint8Array, clock: Clock) => string>> = {
  "runner.describe": (bytes, clock) =>
    formatDetails(runnerDetails(clock), fromBinary(RunnerDescribeOutputSchema, bytes)),
  "kubernetes.pods.list": (bytes, clock) => {
    const { pods, continueToken } = fromBinary(KubernetesPodsListOutputSchema, bytes);
    return formatTable(podColumns(clock), pods) + moreText(continueToken);
  },
  "kubernetes.pods.get": (bytes, clock) => {
    const { pod } = fromBinary(KubernetesPodsGetOutputSchema, bytes);
    return pod === undefined
      ? ""
      : `${formatDetails(podDetails(clock), pod)}\n${formatTable(containerColumns, pod.containers)}`;
  },
  "kubernetes.namespaces.list": (bytes, clock) => {
    const { namespaces, continueToken } = fromBinary(KubernetesNamespacesListOutputSchema, bytes);
    return formatTable(namespaceColumns(clock), namespaces) + moreText(continueToken);
  },
  "kubernetes.deployments.list": (bytes, clock) => {
    const { deployments, continueToken } = fromBinary(KubernetesDeploymentsListOutputSchema, bytes);
    return formatTable(deploymentColumns(clock), deployments) + moreText(continueToken);
  },
  "pulumi.cancel": (bytes) =>
    fromBinary(PulumiCancelOutputSchema, bytes).wasLocked
      ? "the lock was removed\n"
      : "there was no lock\n",
};

function moreText(continueToken: string): string {
  return continueToken === "" ? "" : `\nmore: add --input page.continue_token=${continueToken}\n`;
}

function plainShowing(kind: string): Showing {
  const schema: DescMessage | undefined = catalog.get(kind)?.method.output;
  const toText = (bytes: Uint8Array): string =>
    schema === undefined ? "" : formatJson(toJson(schema, fromBinary(schema, bytes)));
  return { item: (bytes) => ({ text: toText(bytes), progress: "" }), output: toText };
}
