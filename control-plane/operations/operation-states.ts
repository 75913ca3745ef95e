import { assert } from "@holdfast/foundation/failure.ts";
import type { Operation, OperationFailure, OperationState } from "./operation.ts";

/** Every transition that is allowed (design.md, section 6); all others are refused. */
export const operationTransitions: Readonly<Record<OperationState, readonly OperationState[]>> = {
  queued: ["sent", "failed", "canceled", "expired"],
  sent: ["running", "failed", "canceled", "expired"],
  running: ["succeeded", "failed", "canceled", "expired"],
  succeeded: [],
  failed: [],
  canceled: [],
  expired: [],
};

/** A state that nothing follows. */
export type EndState = "succeeded" | "failed" | "canceled" | "expired";

/** Whether nothing can follow any more. */
export function isEnded(state: OperationState): state is EndState {
  return operationTransitions[state].length === 0;
}

/** Whether `to` may follow `from`. */
export function canTransition(from: OperationState, to: OperationState): boolean {
  return operationTransitions[from].includes(to);
}

/** What else is known once a state is reached. */
export interface Advance {
  readonly to: OperationState;
  readonly atMs: number;
  /** Set exactly for failed, canceled and expired. */
  readonly failure?: OperationFailure;
  readonly outputBytes?: number;
}

/** The operation after a transition. A transition that is not in the table is a broken invariant. */
export function advanceOperation(operation: Operation, advance: Advance): Operation {
  const { to, atMs, failure, outputBytes } = advance;
  assert(
    canTransition(operation.state, to),
    `an operation does not go from ${operation.state} to ${to}`,
  );
  assert(
    (failure !== undefined) === (isEnded(to) && to !== "succeeded"),
    "exactly an operation that ended without success has a failure",
  );
  return {
    ...operation,
    state: to,
    startedAtMs: to === "running" ? atMs : operation.startedAtMs,
    endedAtMs: isEnded(to) ? atMs : undefined,
    failure,
    outputBytes: outputBytes ?? operation.outputBytes,
  };
}
