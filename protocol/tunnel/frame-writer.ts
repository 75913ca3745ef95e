import { create } from "@bufbuild/protobuf";
import { BoundedQueue } from "@holdfast/foundation/bounded-queue.ts";
import { type Batch, BatchSchema, type Frame } from "../generated/holdfast/v1/tunnel_pb.ts";
import { frameBytes } from "./frame.ts";
import { tunnelLimits } from "./limits.ts";

/** Where a writer finds what operations have to send, one frame at a time, in their turns. */
export interface FrameSource {
  /** The next frame; undefined if there is none now. */
  next(): Frame | undefined;
}

/** What a {@link FrameWriter} needs. */
export interface FrameWriterOptions {
  /** Sends a batch and says when the next may follow. */
  readonly write: (batch: Batch, done: () => void) => void;
  readonly source: FrameSource;
  /** Runs something at the end of this turn of the event loop. */
  readonly defer: (run: () => void) => void;
}

/**
 * Sends frames in batches: everything that one turn of the event loop, or the time that the write
 * before took, has brought goes out in one message. Control frames go first; the rest is filled from
 * the source.
 *
 * One write is under way at a time. That is what makes batches grow as a tunnel gets busy, and what
 * keeps the order in which operations take their turns ours instead of the network's.
 */
export class FrameWriter {
  readonly #options: FrameWriterOptions;
  readonly #control = new BoundedQueue<Frame>(tunnelLimits.queuedFramesMax);
  readonly #pump = (): void => this.#send();
  readonly #written = (): void => this.#sent();
  #isScheduled = false;
  #isWriting = false;
  #isStopped = false;
  #last: { readonly frame: Frame; readonly sent: () => void; isWritten: boolean } | undefined;

  constructor(options: FrameWriterOptions) {
    this.#options = options;
  }

  /** Queues a control frame; false, and nothing happened, if too many wait already. */
  send(frame: Frame): boolean {
    if (this.#isStopped || this.#last !== undefined) {
      return true;
    }
    if (!this.#control.push(frame)) {
      return false;
    }
    this.wake();
    return true;
  }

  /** The source has something. */
  wake(): void {
    if (!this.#isScheduled && !this.#isWriting && !this.#isStopped) {
      this.#isScheduled = true;
      this.#options.defer(this.#pump);
    }
  }

  /**
   * Sends what is queued, then `frame`, then nothing any more.
   *
   * @param sent called once `frame` has been handed over.
   */
  finish(frame: Frame, sent: () => void): void {
    this.#last ??= { frame, sent, isWritten: false };
    this.wake();
  }

  /** Sends nothing any more; what is queued is dropped. */
  stop(): void {
    this.#isStopped = true;
  }

  #send(): void {
    this.#isScheduled = false;
    if (this.#isWriting || this.#isStopped) {
      return;
    }
    const frames = this.#take();
    if (frames.length > 0) {
      this.#isWriting = true;
      this.#options.write(create(BatchSchema, { frames }), this.#written);
    }
  }

  #sent(): void {
    this.#isWriting = false;
    if (this.#last?.isWritten === true && !this.#isStopped) {
      this.#isStopped = true;
      this.#last.sent();
      return;
    }
    // Not at once: what this turn still brings belongs in the same batch.
    this.wake();
  }

  #take(): Frame[] {
    const frames: Frame[] = [];
    let bytes = 0;
    while (bytes < tunnelLimits.batchBytes) {
      const frame = this.#control.shift() ?? this.#options.source.next() ?? this.#takeLast();
      if (frame === undefined) {
        break;
      }
      frames.push(frame);
      bytes += frameBytes(frame);
    }
    return frames;
  }

  #takeLast(): Frame | undefined {
    if (this.#last === undefined || this.#last.isWritten) {
      return undefined;
    }
    this.#last.isWritten = true;
    return this.#last.frame;
  }
}
