import type { DataSource, FrameInit } from "./frame-writer.ts";
import { chunkBytesMax } from "./limits.ts";

interface Pending {
  readonly bytes: Uint8Array;
  readonly isOutput: boolean;
  offset: number;
  readonly sent: () => void;
  readonly failed: (reason: unknown) => void;
}

/**
 * The data that one operation sends: items and the output, in chunks, within the credit that the other
 * side has given.
 */
export class OutgoingData implements DataSource {
  readonly #stream: number;
  readonly #wake: () => void;
  readonly #pending: Pending[] = [];
  #credit: number;
  #failure: { readonly reason: unknown } | undefined;

  constructor(stream: number, credit: number, wake: () => void) {
    this.#stream = stream;
    this.#credit = credit;
    this.#wake = wake;
  }

  /**
   * Sends an item or the output.
   *
   * @returns when its last chunk has gone into a batch: back-pressure for whoever makes items.
   * @throws what {@link abort} was given.
   */
  async send(bytes: Uint8Array, isOutput: boolean): Promise<void> {
    if (this.#failure !== undefined) {
      throw this.#failure.reason;
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pending.push({ bytes, isOutput, offset: 0, sent: resolve, failed: reject });
    this.#wake();
    await promise;
  }

  /** The other side takes this many bytes more. */
  addCredit(bytes: number): void {
    this.#credit += bytes;
    this.#wake();
  }

  /** Drops what has not been sent. */
  abort(reason: unknown): void {
    this.#failure ??= { reason };
    for (const { failed } of this.#pending.splice(0)) {
      failed(reason);
    }
  }

  next(): { readonly frame: FrameInit; readonly bytes: number } | undefined {
    const pending = this.#pending[0];
    if (pending === undefined) {
      return undefined;
    }
    const left = pending.bytes.length - pending.offset;
    const size = Math.min(left, chunkBytesMax, this.#credit);
    // An empty item needs no credit; anything else waits for some.
    if (size <= 0 && left > 0) {
      return undefined;
    }
    const chunk = pending.bytes.subarray(pending.offset, pending.offset + size);
    pending.offset += size;
    this.#credit -= size;
    const isLast = pending.offset === pending.bytes.length;
    if (isLast) {
      this.#pending.shift();
      pending.sent();
    }
    const value = { stream: this.#stream, chunk, isOutput: pending.isOutput, isLast };
    return { frame: { kind: { case: "data", value } }, bytes: size + 16 };
  }
}
