import type { WatchedEvent } from "./events/operation-event.ts";
import { type ReadOperationDeps, readOperation } from "./read-operation.ts";

/** Who watches what, and from where. */
export interface OperationWatch {
  readonly organizationId: string;
  readonly operationId: string;
  /** Offset of the first event wanted. */
  readonly offset: number;
  readonly serviceAccountId: string;
  readonly signal: AbortSignal;
}

/**
 * What happens to an operation, from an offset on, until it ends.
 *
 * The runner waits for those who asked for the operation, and for nobody else. Where the events are
 * gone, there is a gap and the operation as it is recorded.
 *
 * @throws {Failure} `operation.not_found`, `request.rate_limited`.
 */
export async function* watchOperation(
  deps: ReadOperationDeps,
  watch: OperationWatch,
): AsyncGenerator<WatchedEvent, void, undefined> {
  const { organizationId, operationId, offset, signal } = watch;
  const feed = deps.live.feeds.find(operationId);
  if (feed?.organizationId === organizationId) {
    const owner = deps.live.find(organizationId, operationId)?.operation.serviceAccountId;
    yield* feed.watch({ offset, holdsBack: owner === watch.serviceAccountId, signal });
    return;
  }
  const operation = await readOperation(deps, organizationId, operationId);
  // How many events there were is not on record.
  yield { offset, event: { kind: "gap", missed: 0 } };
  yield { offset: offset + 1, event: { kind: "state", operation } };
}
