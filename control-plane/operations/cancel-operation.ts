import type { Clock } from "@holdfast/foundation/clock.ts";
import type { AuditEvent } from "../audit/audit-record.ts";
import type { LiveOperations } from "./live/live-operations.ts";
import type { Operation } from "./operation.ts";
import { isEnded } from "./operation-states.ts";
import { type ReadOperationDeps, readOperation } from "./read-operation.ts";

/** What canceling an operation takes. */
export interface CancelOperationDeps extends ReadOperationDeps {
  readonly live: LiveOperations;
  readonly clock: Clock;
}

/** Which operation, and who wants it canceled. */
export interface OperationChoice {
  readonly organizationId: string;
  readonly operationId: string;
  readonly actor: string;
}

/**
 * Asks for the end of an operation and answers with it as it is then: one that waits is canceled at
 * once, one that the runner has ends when the runner answers, or by force a few seconds later. One
 * that has ended stays as it is.
 *
 * @throws {Failure} `operation.not_found`.
 */
export async function cancelOperation(
  deps: CancelOperationDeps,
  choice: OperationChoice,
): Promise<Operation> {
  const { organizationId, operationId, actor } = choice;
  const before = await readOperation(deps, organizationId, operationId);
  const event: AuditEvent = {
    organizationId,
    actor,
    action: "operation.cancel_requested",
    subject: operationId,
    detail: { state: before.state },
  };
  const audit = [{ event, atMs: deps.clock.nowMs() }];
  await deps.live.commit.write(async () => await Promise.resolve({ value: undefined, audit }));
  const live = deps.live.find(organizationId, operationId);
  live?.cancel(actor);
  // What ended by this very call is answered once that is on record.
  if (live !== undefined && isEnded(live.operation.state)) {
    return await live.ended;
  }
  return await readOperation(deps, organizationId, operationId);
}
