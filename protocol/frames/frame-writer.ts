import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type Batch, BatchSchema, type FrameSchema } from "../generated/holdfast/v1/tunnel_pb.ts";
import { batchBytesMax } from "./limits.ts";

/** A frame, as callers write it. */
export type FrameInit = MessageInitShape<typeof FrameSchema>;

/** Gives frames with data, one at a time, for as long as it has some that may be sent. */
export interface DataSource {
  /** The next frame and its size in bytes; undefined if there is none that may be sent now. */
  next(): { readonly frame: FrameInit; readonly bytes: number } | undefined;
}

/**
 * Gathers frames into batches. What is pushed during one turn of the event loop, and while a write is
 * under way, goes out as one message: a gRPC write costs far more than a frame. Control frames go first;
 * data follows, source by source in turn, so that no operation makes another wait for more than a chunk.
 */
export class FrameWriter {
  /** Writes one message; calls back when the transport takes the next. */
  readonly #write: (batch: Batch, done: () => void) => void;
  readonly #sources = new Set<DataSource>();
  #control: FrameInit[] = [];
  #isWriting = false;
  #isScheduled = false;
  #isClosed = false;

  constructor(write: (batch: Batch, done: () => void) => void) {
    this.#write = write;
  }

  /** Sends a control frame. After {@link close} it goes nowhere. */
  push(frame: FrameInit): void {
    this.#control.push(frame);
    this.#schedule();
  }

  /** Takes part in the turns from now on. */
  addSource(source: DataSource): void {
    this.#sources.add(source);
    this.#schedule();
  }

  removeSource(source: DataSource): void {
    this.#sources.delete(source);
  }

  /** Something has more to send, or may send more. */
  wake(): void {
    this.#schedule();
  }

  /** Whether everything that was pushed has gone out. */
  get isIdle(): boolean {
    return this.#control.length === 0 && !this.#isWriting;
  }

  /** Sends nothing any more. */
  close(): void {
    this.#isClosed = true;
    this.#control = [];
    this.#sources.clear();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#isWriting || this.#isClosed) {
      return;
    }
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isWriting || this.#isClosed) {
      return;
    }
    const frames = this.#control;
    this.#control = [];
    this.#takeData(frames);
    if (frames.length === 0) {
      return;
    }
    this.#isWriting = true;
    this.#write(create(BatchSchema, { frames }), () => {
      this.#isWriting = false;
      this.#schedule();
    });
  }

  /** One chunk of each source in turn, until the batch is full or nobody has more. */
  #takeData(frames: FrameInit[]): void {
    let bytes = 0;
    let hasMore = true;
    while (hasMore && bytes < batchBytesMax) {
      hasMore = false;
      for (const source of [...this.#sources]) {
        const taken = bytes < batchBytesMax ? source.next() : undefined;
        if (taken !== undefined) {
          frames.push(taken.frame);
          bytes += taken.bytes;
          hasMore = true;
          // To the end of the line: the next batch begins with who was not served in this one.
          this.#sources.delete(source);
          this.#sources.add(source);
        }
      }
    }
  }
}
