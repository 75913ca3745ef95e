import type { Clock } from "@holdfast/foundation/clock.ts";
import type { RunnerDescribeOutput } from "@holdfast/protocol/generated/holdfast/v1/operations_runner_pb.ts";
import { ago } from "../output/print.ts";
import type { Column } from "../output/table.ts";

/** What `runner.describe` shows. */
export function runnerDetails(clock: Clock): readonly Column<RunnerDescribeOutput>[] {
  return [
    { title: "version", of: ({ version }) => version },
    { title: "platform", of: ({ platform }) => platform },
    { title: "runtime", of: ({ runtimeVersion }) => runtimeVersion },
    { title: "started", of: ({ startedAt }) => ago(startedAt, clock) },
    {
      title: "credentials",
      of: ({ credentialsGeneration }) => `generation ${credentialsGeneration}`,
    },
    { title: "policy sha256", of: ({ policySha256 }) => policySha256 },
    { title: "operations now", of: ({ operationsRunning }) => String(operationsRunning) },
    { title: "kinds", of: ({ operationKinds }) => operationKinds.join(", ") },
  ];
}
