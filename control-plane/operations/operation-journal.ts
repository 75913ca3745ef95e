import { assert } from "@holdfast/foundation/failure.ts";
import type { Stores } from "../stores.ts";
import type { Operation, OperationState } from "./operation.ts";

/** One transition that is to be recorded. */
export interface JournalStep {
  /** The state before; undefined for a new operation. */
  readonly before: OperationState | undefined;
  readonly operation: Operation;
  /** Who brought it about. */
  readonly actor: string;
  readonly atMs: number;
}

/** Writes transitions together with their audit records, in the transaction of `stores`. */
export async function recordSteps(stores: Stores, steps: readonly JournalStep[]): Promise<void> {
  for (const { before, operation, actor, atMs } of steps) {
    if (before === undefined) {
      await stores.operations.insert(operation);
    } else {
      const isWritten = await stores.operations.transition(before, operation);
      assert(isWritten, "only this process changes an operation that it runs");
    }
    await stores.audit.append(
      {
        organizationId: operation.organizationId,
        actor,
        action: `operation.${operation.state}`,
        subject: operation.id,
        detail: detailOf(operation),
      },
      atMs,
    );
  }
}

function detailOf(operation: Operation): Record<string, string | number> {
  const { kind, runnerId, connectionId, failure, state, outputBytes, inputSha256 } = operation;
  return {
    kind,
    runnerId,
    ...(connectionId === undefined ? {} : { connectionId }),
    ...(state === "queued" ? { inputSha256 } : {}),
    ...(outputBytes > 0 ? { outputBytes } : {}),
    ...(failure === undefined ? {} : { code: failure.code }),
  };
}
