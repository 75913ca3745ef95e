import { createHash } from "node:crypto";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type { Storage, Stores } from "../stores.ts";
import type { Placement } from "./live/dispatcher.ts";
import type { LiveOperations } from "./live/live-operations.ts";
import type { OperationWork } from "./live/operation-work.ts";
import type { Operation } from "./operation.ts";
import { type JournalStep, recordSteps } from "./operation-journal.ts";
import type { OperationLimits } from "./operation-limits.ts";
import {
  type CheckedRequest,
  checkRequest,
  findTarget,
  type OperationRequest,
} from "./operation-request.ts";
import { advanceOperation } from "./operation-states.ts";

/** What running an operation takes. */
export interface RunOperationDeps {
  readonly storage: Storage;
  readonly live: LiveOperations;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: OperationLimits;
}

/** Who asks, in which organization. */
export interface OperationCallerContext {
  readonly organizationId: string;
  readonly serviceAccountId: string;
  readonly serviceAccountName: string;
}

/**
 * Begins an operation and answers with its id, as soon as its beginning is on record.
 *
 * What is wrong with the request is thrown and leaves no record. What is wrong with the runner at
 * the moment, such as `runner.not_connected`, is the end of a recorded operation. A repeated
 * idempotency key answers with the operation that it began.
 *
 * @throws {Failure} see `checkRequest` and `findTarget`; `runner.queue_full`,
 *   `operation.key_reused`, `control_plane.shutting_down`.
 */
export async function runOperation(
  deps: RunOperationDeps,
  caller: OperationCallerContext,
  request: OperationRequest,
): Promise<string> {
  return await deps.live.begin(async () => {
    const checked = checkRequest(request, deps.limits);
    const { connection, runner } = await findTarget(
      deps.storage.read,
      caller.organizationId,
      checked,
    );
    const operation = queuedOperation(deps, caller, checked, {
      runnerId: runner.id,
      connectionId: connection?.id,
    });
    const { input, outputBytesMax } = checked;
    const { serviceAccountId, serviceAccountName } = caller;
    const work: OperationWork = {
      input,
      connection,
      outputBytesMax,
      caller: { serviceAccountId, serviceAccountName },
    };
    return await place(deps, { operation, work, waits: checked.waits });
  });
}

interface Beginning {
  readonly operation: Operation;
  readonly work: OperationWork;
  readonly waits: boolean;
}

/** Takes a place, records the beginning, and only then lets the operation go. */
async function place(deps: RunOperationDeps, beginning: Beginning): Promise<string> {
  const { operation, waits, work } = beginning;
  const earlier = await findEarlier(deps, deps.storage.read, operation);
  if (earlier !== undefined) {
    return earlier.id;
  }
  const placement = deps.live.dispatcher.place(operation, {
    waits,
    inputBytes: work.input.length,
  });
  try {
    const steps = stepsOf(operation, placement);
    const begun = await record(deps, operation, steps);
    if (begun !== undefined) {
      leave(placement);
      return begun.id;
    }
    go(deps, placement, { steps, work, waits });
    return operation.id;
  } catch (error) {
    leave(placement);
    throw error;
  }
}

function go(
  deps: RunOperationDeps,
  placement: Placement,
  begun: Parameters<LiveOperations["add"]>[0],
): void {
  const live = deps.live.add(begun);
  if (placement.kind === "send") {
    // Whatever goes wrong from here on ends the operation; nobody waits for it here.
    void deps.live.dispatcher.depart(live, placement.lease);
  } else if (placement.kind === "wait") {
    placement.place.fill(live);
  }
}

function leave(placement: Placement): void {
  if (placement.kind === "send") {
    placement.lease.release();
  } else if (placement.kind === "wait") {
    placement.place.leave();
  }
}

/** Writes the beginning, unless the same call was made before. */
async function record(
  deps: RunOperationDeps,
  operation: Operation,
  steps: readonly JournalStep[],
): Promise<Operation | undefined> {
  const outcome = await deps.live.commit.write(async (stores) => {
    // Looked at once more: two calls with one key may have come at the same time.
    const earlier = await findByKey(deps, stores, operation);
    const audit = earlier === undefined ? await recordSteps(stores.operations, steps) : [];
    return { value: earlier, audit };
  });
  return checkSame(outcome, operation);
}

function queuedOperation(
  deps: RunOperationDeps,
  caller: OperationCallerContext,
  request: CheckedRequest,
  target: { readonly runnerId: string; readonly connectionId: string | undefined },
): Operation {
  const nowMs = deps.clock.nowMs();
  return {
    id: makeIdentifier("op", deps.random),
    organizationId: caller.organizationId,
    kind: request.kind,
    connectionId: target.connectionId,
    runnerId: target.runnerId,
    serviceAccountId: caller.serviceAccountId,
    state: "queued",
    createdAtMs: nowMs,
    startedAtMs: undefined,
    endedAtMs: undefined,
    deadlineAtMs: nowMs + request.deadlineMs,
    failure: undefined,
    inputSha256: createHash("sha256").update(request.input).digest("hex"),
    outputBytes: 0,
    idempotencyKey: request.idempotencyKey === "" ? undefined : request.idempotencyKey,
  };
}

/** The transitions that are recorded together with the beginning. */
function stepsOf(
  operation: Operation,
  placement: Placement,
): readonly [JournalStep, ...JournalStep[]] {
  const atMs = operation.createdAtMs;
  const first: JournalStep = {
    before: undefined,
    operation,
    actor: operation.serviceAccountId,
    atMs,
  };
  const then = (advance: Parameters<typeof advanceOperation>[1]): JournalStep => ({
    before: operation.state,
    operation: advanceOperation(operation, advance),
    actor: "system",
    atMs,
  });
  switch (placement.kind) {
    case "send":
      return [first, then({ to: "sent", atMs })];
    case "wait":
      return [first];
    case "refuse":
      return [first, then({ to: "failed", atMs, failure: placement.failure })];
  }
}

async function findByKey(
  deps: RunOperationDeps,
  stores: Stores,
  operation: Operation,
): Promise<Operation | undefined> {
  const { organizationId, serviceAccountId, idempotencyKey, createdAtMs } = operation;
  return idempotencyKey === undefined
    ? undefined
    : await stores.operations.findByIdempotencyKey(
        organizationId,
        serviceAccountId,
        idempotencyKey,
        createdAtMs - deps.limits.idempotencyMs,
      );
}

async function findEarlier(
  deps: RunOperationDeps,
  stores: Stores,
  operation: Operation,
): Promise<Operation | undefined> {
  return checkSame(await findByKey(deps, stores, operation), operation);
}

/** A key belongs to one request: same kind, connection, runner, input and deadline. */
function checkSame(earlier: Operation | undefined, operation: Operation): Operation | undefined {
  if (earlier !== undefined && !isDeepEqual(identityOf(earlier), identityOf(operation))) {
    throw new Failure(
      "operation.key_reused",
      "The idempotency key began another request within the last 24 hours.",
      { fields: [{ field: "idempotency_key", problem: "belongs to another request" }] },
    );
  }
  return earlier;
}

function identityOf(operation: Operation): readonly unknown[] {
  const { kind, connectionId, runnerId, inputSha256, deadlineAtMs, createdAtMs } = operation;
  return [kind, connectionId, runnerId, inputSha256, deadlineAtMs - createdAtMs];
}

function isDeepEqual(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.every((value, index) => value === other[index]);
}
