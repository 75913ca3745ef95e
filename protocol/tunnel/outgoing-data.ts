import { BoundedQueue } from "@holdfast/foundation/bounded-queue.ts";
import { assert } from "@holdfast/foundation/failure.ts";
import type { Frame } from "../generated/holdfast/v1/tunnel_pb.ts";
import { makeFrame } from "./frame.ts";
import type { FrameSource } from "./frame-writer.ts";
import { tunnelLimits } from "./limits.ts";

/** A whole item or output on its way out. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly isOutput: boolean;
  /** How much of it has gone. */
  sentBytes: number;
}

interface Waiter {
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** What one operation has to send. */
interface Lane {
  readonly stream: number;
  credit: number;
  readonly pieces: Piece[];
  queuedBytes: number;
  readonly waiters: Waiter[];
  last: Frame | undefined;
  isInTurn: boolean;
}

/** What a chunk counts against credit, at both ends. */
export function chunkCost(bytes: number): number {
  return Math.max(tunnelLimits.chunkCostMin, bytes);
}

/**
 * What the operations of a tunnel have to send: each within its credit, in chunks, taking turns.
 *
 * However much one operation has to say, a frame of another waits for at most one chunk of each.
 */
export class OutgoingData implements FrameSource {
  readonly #lanes = new Map<number, Lane>();
  readonly #turns: BoundedQueue<Lane>;
  readonly #wake: () => void;

  /**
   * @param lanesMax how many operations there can be at once.
   * @param wake called when there may be something to take.
   */
  constructor(lanesMax: number, wake: () => void) {
    // An operation that was dropped may stand in line once more beside its successor.
    this.#turns = new BoundedQueue(lanesMax * 2);
    this.#wake = wake;
  }

  get size(): number {
    return this.#lanes.size;
  }

  /** Begins an operation with the credit that came with it. */
  open(stream: number, credit: number): void {
    this.#lanes.set(stream, {
      stream,
      credit,
      pieces: [],
      queuedBytes: 0,
      waiters: [],
      last: undefined,
      isInTurn: false,
    });
  }

  /**
   * Queues a whole item or output. Resolves once little enough is queued for another to follow.
   *
   * @throws the reason given to {@link drop} or {@link close}, if that comes first.
   */
  send(stream: number, bytes: Uint8Array, isOutput: boolean): Promise<void> {
    const lane = this.#lanes.get(stream);
    assert(lane !== undefined && lane.last === undefined, "only an operation under way sends");
    lane.pieces.push({ bytes, isOutput, sentBytes: 0 });
    lane.queuedBytes += bytes.length;
    this.#takeTurn(lane);
    if (lane.queuedBytes <= tunnelLimits.outgoingBytes) {
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      lane.waiters.push({ resolve, reject });
    });
  }

  /** Lets an operation send more. Unknown operations have ended: their credit crossed their result. */
  addCredit(stream: number, bytes: number): void {
    const lane = this.#lanes.get(stream);
    if (lane !== undefined) {
      lane.credit += bytes;
      this.#takeTurn(lane);
    }
  }

  /** Ends an operation: `frame` goes after everything that it has queued, and needs no credit. */
  finish(stream: number, frame: Frame): void {
    const lane = this.#lanes.get(stream);
    assert(lane !== undefined && lane.last === undefined, "an operation ends once");
    lane.last = frame;
    this.#takeTurn(lane);
  }

  /** Forgets what an operation has queued; whoever waits gets `reason`. It still has to end. */
  drop(stream: number, reason: unknown): void {
    const lane = this.#lanes.get(stream);
    if (lane !== undefined && lane.last === undefined) {
      lane.pieces.length = 0;
      lane.queuedBytes = 0;
      release(lane, (waiter) => waiter.reject(reason));
    }
  }

  /** Forgets everything; whoever waits gets `reason`. */
  close(reason: unknown): void {
    for (const lane of this.#lanes.values()) {
      lane.pieces.length = 0;
      release(lane, (waiter) => waiter.reject(reason));
    }
    this.#lanes.clear();
  }

  next(): Frame | undefined {
    for (let lane = this.#turns.shift(); lane !== undefined; lane = this.#turns.shift()) {
      lane.isInTurn = false;
      const frame = this.#lanes.get(lane.stream) === lane ? this.#take(lane) : undefined;
      if (frame !== undefined) {
        return frame;
      }
    }
    return undefined;
  }

  #take(lane: Lane): Frame | undefined {
    const piece = lane.pieces[0];
    if (piece === undefined) {
      if (lane.last !== undefined) {
        this.#lanes.delete(lane.stream);
      }
      return lane.last;
    }
    if (lane.credit < tunnelLimits.chunkCostMin) {
      return undefined;
    }
    const end = Math.min(
      piece.bytes.length,
      piece.sentBytes + Math.min(tunnelLimits.chunkBytesMax, lane.credit),
    );
    const chunk = piece.bytes.subarray(piece.sentBytes, end);
    const isLast = end === piece.bytes.length;
    piece.sentBytes = end;
    lane.credit -= chunkCost(chunk.length);
    lane.queuedBytes -= chunk.length;
    if (isLast) {
      lane.pieces.shift();
    }
    if (lane.queuedBytes <= tunnelLimits.outgoingBytes) {
      release(lane, (waiter) => waiter.resolve());
    }
    this.#takeTurn(lane);
    const { stream } = lane;
    return makeFrame({
      case: "data",
      value: { stream, chunk, isOutput: piece.isOutput, isLast },
    });
  }

  /** Puts an operation at the end of the line, if it can send and does not stand in it already. */
  #takeTurn(lane: Lane): void {
    const canSend =
      lane.pieces.length > 0 ? lane.credit >= tunnelLimits.chunkCostMin : lane.last !== undefined;
    if (canSend && !lane.isInTurn) {
      lane.isInTurn = true;
      assert(this.#turns.push(lane), "an operation stands in line once");
      this.#wake();
    }
  }
}

function release(lane: Lane, each: (waiter: Waiter) => void): void {
  for (const waiter of lane.waiters.splice(0)) {
    each(waiter);
  }
}
