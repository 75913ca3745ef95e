import { Failure } from "@holdfast/foundation/failure.ts";
import type { AuditEvent } from "../audit/audit-record.ts";
import type { CancelOperationDeps, OperationChoice } from "./cancel-operation.ts";
import { isEnded } from "./operation-states.ts";
import { readOperation } from "./read-operation.ts";

/**
 * Removes the record of an operation that has ended, and what is still kept of its events. Its audit
 * records stay.
 *
 * @throws {Failure} `operation.not_found`, `operation.not_ended`.
 */
export async function deleteOperation(
  deps: CancelOperationDeps,
  choice: OperationChoice,
): Promise<void> {
  const { organizationId, operationId, actor } = choice;
  const operation = await readOperation(deps, organizationId, operationId);
  if (!isEnded(operation.state)) {
    throw new Failure("operation.not_ended", `The operation is still ${operation.state}.`);
  }
  const event: AuditEvent = {
    organizationId,
    actor,
    action: "operation.deleted",
    subject: operationId,
    detail: { kind: operation.kind, state: operation.state },
  };
  await deps.live.commit.write(async (stores) => {
    await stores.operations.delete(organizationId, operationId);
    return { value: undefined, audit: [{ event, atMs: deps.clock.nowMs() }] };
  });
  deps.live.feeds.drop(operationId);
}
