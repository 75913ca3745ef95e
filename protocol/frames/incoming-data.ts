import { itemBytesMax } from "./limits.ts";

/** A part of an item or of the output, as it arrived. */
export interface IncomingChunk {
  readonly chunk: Uint8Array;
  readonly isOutput: boolean;
  readonly isLast: boolean;
}

/** What a chunk has completed, and how much credit to give back at once. */
export interface Received {
  readonly message: { readonly bytes: Uint8Array; readonly isOutput: boolean } | undefined;
  readonly creditBytes: number;
}

/**
 * Puts items and outputs together again and keeps account of credit. For items, credit goes back when
 * the final consumer has taken them; for the output, and for parts of an item that is longer than half
 * of the credit, at once, because nobody could take them before they are whole.
 */
export class IncomingData {
  readonly #creditBytes: number;
  #chunks: Uint8Array[] = [];
  #size = 0;
  /** Credit of the present item that was given back before it was whole. */
  #prepaid = 0;
  /** Credit of whole items that was given back before anybody took them. */
  #advance = 0;

  constructor(creditBytes: number) {
    this.#creditBytes = creditBytes;
  }

  /** @throws if an item grows beyond what either side may send. */
  receive(part: IncomingChunk): Received {
    this.#chunks.push(part.chunk);
    this.#size += part.chunk.length;
    if (this.#size > itemBytesMax) {
      throw new Error("an item is larger than the protocol allows");
    }
    if (!part.isLast) {
      return { message: undefined, creditBytes: this.#prepay(part) };
    }
    const bytes = this.#chunks.length === 1 ? part.chunk : Buffer.concat(this.#chunks);
    const credit = part.isOutput ? part.chunk.length : 0;
    this.#advance += part.isOutput ? 0 : this.#prepaid;
    this.#chunks = [];
    this.#size = 0;
    this.#prepaid = 0;
    return { message: { bytes, isOutput: part.isOutput }, creditBytes: credit };
  }

  /** How much credit to give back now that the final consumer has taken `bytes` of items. */
  consumed(bytes: number): number {
    const covered = Math.min(bytes, this.#advance);
    this.#advance -= covered;
    return bytes - covered;
  }

  #prepay(part: IncomingChunk): number {
    if (part.isOutput) {
      return part.chunk.length;
    }
    const unpaid = this.#size - this.#prepaid;
    if (unpaid < this.#creditBytes / 2) {
      return 0;
    }
    this.#prepaid += unpaid;
    return unpaid;
  }
}
