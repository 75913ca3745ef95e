import { Failure } from "@holdfast/foundation/failure.ts";
import type { Stores } from "../stores.ts";
import type { LiveOperations } from "./live/live-operations.ts";
import type { Operation } from "./operation.ts";

/** What reading one operation takes. */
export interface ReadOperationDeps {
  readonly read: Stores;
  readonly live: LiveOperations;
}

/**
 * One operation as it is now: from memory while it is under way, else as recorded.
 *
 * @throws {Failure} `operation.not_found`, also for one of another organization.
 */
export async function readOperation(
  deps: ReadOperationDeps,
  organizationId: string,
  operationId: string,
): Promise<Operation> {
  const live = deps.live.find(organizationId, operationId);
  const operation = live?.hasEnded === false ? live.operation : undefined;
  const found = operation ?? (await deps.read.operations.find(organizationId, operationId));
  if (found === undefined) {
    throw new Failure("operation.not_found", "There is no such operation in the organization.");
  }
  return found;
}
