import { Backoff } from "@holdfast/foundation/backoff.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type Operation,
  type OperationEvent,
  OperationService,
  OperationState,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import type { Session } from "../api/session.ts";
import type { World } from "../world.ts";

const { method } = OperationService;

/** What is done with the events of an operation, in their order. */
export interface EventSink {
  readonly onOperation: (operation: Operation) => Promise<void> | void;
  readonly onItem: (bytes: Uint8Array) => Promise<void> | void;
  readonly onOutput: (bytes: Uint8Array) => Promise<void> | void;
  readonly onNote: (line: string) => void;
}

/** One message of a stream of events. */
export interface OperationMessage {
  readonly event?: OperationEvent | undefined;
}

/** How an operation is followed. */
export interface FollowOptions {
  /** The first stream of events. */
  readonly open: (signal: AbortSignal) => AsyncIterable<OperationMessage>;
  readonly firstOffset: bigint;
  /** Whether the first Ctrl-C cancels the operation; else it only ends the watching. */
  readonly cancelsOnInterrupt: boolean;
  /** Whether to leave as soon as the operation is known. */
  readonly isDetached?: boolean;
}

const reconnectsMax = 20;

/**
 * Follows an operation to its end. A stream that breaks because the control plane is away is taken up
 * again where it broke, as soon as it is back.
 *
 * @returns the operation as it was last seen.
 * @throws {Failure} what the stream ended with, if it cannot be taken up again.
 */
export async function follow(
  world: World,
  session: Session,
  options: FollowOptions,
  sink: EventSink,
): Promise<Operation> {
  const seen = new SeenEvents(options.firstOffset, sink);
  const stop = new AbortController();
  const release = world.interrupts.take(() => {
    if (options.cancelsOnInterrupt && seen.operation !== undefined) {
      sink.onNote("canceling the operation; press Ctrl-C again to leave it");
      cancel(session, seen.operation.id, sink);
    } else {
      stop.abort(new DOMException("interrupted", "AbortError"));
    }
  });
  try {
    await followStreams(world, session, options, { seen, sink, stop: stop.signal });
  } finally {
    release();
    stop.abort();
  }
  return seen.last();
}

/** What has been seen of an operation, over all streams. */
class SeenEvents {
  readonly #sink: EventSink;
  #nextOffset: bigint;
  #operation: Operation | undefined;

  constructor(firstOffset: bigint, sink: EventSink) {
    this.#nextOffset = firstOffset;
    this.#sink = sink;
  }

  get nextOffset(): bigint {
    return this.#nextOffset;
  }

  get operation(): Operation | undefined {
    return this.#operation;
  }

  get hasEnded(): boolean {
    return this.#operation !== undefined && isEnd(this.#operation.state);
  }

  /** The operation as it was last seen; what was never seen was never answered. */
  last(): Operation {
    if (this.#operation === undefined) {
      throw new Failure("control_plane.internal", "The control plane did not name the operation.");
    }
    return this.#operation;
  }

  async take({ offset, event }: OperationEvent): Promise<void> {
    this.#nextOffset = offset + 1n;
    switch (event.case) {
      case "operation":
        this.#operation = event.value;
        await this.#sink.onOperation(event.value);
        return;
      case "item":
        await this.#sink.onItem(event.value);
        return;
      case "output":
        await this.#sink.onOutput(event.value);
        return;
      case "gap":
        this.#sink.onNote(noteOfGap(event.value.missed));
        return;
      default:
    }
  }
}

interface Following {
  readonly seen: SeenEvents;
  readonly sink: EventSink;
  readonly stop: AbortSignal;
}

async function followStreams(
  world: World,
  session: Session,
  options: FollowOptions,
  following: Following,
): Promise<void> {
  const { seen, sink, stop } = following;
  const backoff = new Backoff({ firstMs: 200, lastMs: 5_000 }, world.random);
  let events = options.open(stop);
  for (let attempt = 0; ; attempt += 1) {
    const failure = await followOne(events, options, following);
    const id = seen.operation?.id;
    if (failure === undefined || id === undefined || attempt >= reconnectsMax) {
      if (failure !== undefined) {
        throw failure;
      }
      return;
    }
    if (attempt === 0) {
      sink.onNote(`${failure.message} Trying again; the operation goes on.`);
    }
    await world.clock.wait(backoff.nextMs(), stop);
    const { organization } = session;
    const request = { organization, operationId: id, offset: seen.nextOffset };
    events = session.stream(method.watchOperation, request, stop);
  }
}

/** Follows one stream; returns why it broke if it may be taken up again, or nothing at its end. */
async function followOne(
  events: AsyncIterable<OperationMessage>,
  { isDetached }: FollowOptions,
  { seen, stop }: Following,
): Promise<Failure | undefined> {
  try {
    for await (const { event } of events) {
      if (event !== undefined) {
        await seen.take(event);
      }
      if (seen.hasEnded || (isDetached === true && seen.operation !== undefined)) {
        return undefined;
      }
    }
    return new Failure("control_plane.unavailable", "The control plane ended the stream.");
  } catch (error) {
    stop.throwIfAborted();
    if (error instanceof Failure && error.rule.kind === "unavailable") {
      return error;
    }
    throw error;
  }
}

/** Asks once, and lets the stream say what becomes of it. */
function cancel(session: Session, operationId: string, sink: EventSink): void {
  const { organization } = session;
  session.call(method.cancelOperation, { organization, operationId }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    sink.onNote(`the operation could not be canceled: ${reason}`);
  });
}

function isEnd(state: OperationState): boolean {
  return (
    state === OperationState.SUCCEEDED ||
    state === OperationState.FAILED ||
    state === OperationState.CANCELED ||
    state === OperationState.EXPIRED
  );
}

/** 0 means that nobody knows how many there were (operation.proto, OperationGap). */
function noteOfGap(missed: number | bigint): string {
  const count = Number(missed);
  return count === 0
    ? "(earlier events are no longer kept)"
    : `(${count} earlier ${count === 1 ? "event is" : "events are"} no longer kept)`;
}
