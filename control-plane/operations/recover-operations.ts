import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import type { Storage } from "../stores.ts";
import type { Operation } from "./operation.ts";
import { type JournalStep, recordSteps } from "./operation-journal.ts";
import { type Advance, advanceOperation } from "./operation-states.ts";

/** What recovery takes. */
export interface RecoverOperationsDeps {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
}

const batchMax = 100;

/**
 * Ends, after a restart, what the process before has left: inputs are not kept, so nothing can go on.
 * To be done before the first tunnel opens. Safe to repeat.
 */
export async function recoverOperations(deps: RecoverOperationsDeps): Promise<void> {
  const unended = await deps.storage.read.operations.listUnended();
  const nowMs = deps.clock.nowMs();
  for (let from = 0; from < unended.length; from += batchMax) {
    const steps = unended
      .slice(from, from + batchMax)
      .map((operation) => lostStep(operation, nowMs));
    await deps.storage.write(async (stores) => {
      for (const { event, atMs } of await recordSteps(stores.operations, steps)) {
        await stores.audit.append(event, atMs);
      }
    });
  }
  if (unended.length > 0) {
    deps.log.warn("operations were lost with the process before", { count: unended.length });
  }
}

function lostStep(operation: Operation, atMs: number): JournalStep {
  return {
    before: operation.state,
    operation: advanceOperation(operation, endOf(operation, atMs)),
    actor: "system",
    atMs,
  };
}

function endOf(operation: Operation, atMs: number): Advance {
  if (operation.deadlineAtMs <= atMs) {
    const failure = describeFailure(
      "operation.expired",
      "Its deadline passed while the control plane was away.",
    );
    return { to: "expired", atMs, failure };
  }
  const failure =
    operation.state === "queued"
      ? describeFailure(
          "control_plane.shutting_down",
          "The control plane was restarted; nothing had been sent to the runner.",
        )
      : describeFailure("runner.lost", "The control plane was restarted while the operation ran.");
  return { to: "failed", atMs, failure };
}
