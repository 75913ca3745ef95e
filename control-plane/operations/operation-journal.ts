import { Failure } from "@holdfast/foundation/failure.ts";
import type { AuditEntry } from "./live/group-commit.ts";
import type { Operation, OperationState } from "./operation.ts";
import type { OperationStore } from "./operation-store.ts";

/** One transition that is to be recorded. */
export interface JournalStep {
  /** The state before; undefined for a new operation. */
  readonly before: OperationState | undefined;
  readonly operation: Operation;
  /** Who brought it about. */
  readonly actor: string;
  readonly atMs: number;
}

/**
 * Writes transitions and answers with their audit records, which belong into the same transaction.
 *
 * @throws {Failure} `operation.not_found` if the record is gone, or is not in the state before.
 */
export async function recordSteps(
  operations: OperationStore,
  steps: readonly JournalStep[],
): Promise<readonly AuditEntry[]> {
  for (const { before, operation } of steps) {
    if (before === undefined) {
      await operations.insert(operation);
    } else if (!(await operations.transition(before, operation))) {
      throw new Failure("operation.not_found", `The operation is no longer ${before} on record.`);
    }
  }
  return steps.map(auditOf);
}

function auditOf({ operation, actor, atMs }: JournalStep): AuditEntry {
  return {
    event: {
      organizationId: operation.organizationId,
      actor,
      action: `operation.${operation.state}`,
      subject: operation.id,
      detail: detailOf(operation),
    },
    atMs,
  };
}

function detailOf(operation: Operation): Record<string, string | number> {
  const { kind, runnerId, connectionId, failure, state, outputBytes, inputSha256 } = operation;
  return {
    kind,
    runner_id: runnerId,
    ...(connectionId === undefined ? {} : { connection_id: connectionId }),
    ...(state === "queued" ? { input_sha256: inputSha256 } : {}),
    ...(outputBytes > 0 ? { output_bytes: outputBytes } : {}),
    ...(failure === undefined ? {} : { code: failure.code }),
  };
}
