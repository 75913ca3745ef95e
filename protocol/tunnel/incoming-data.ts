import { tunnelLimits } from "./limits.ts";
import { chunkCost } from "./outgoing-data.ts";

/** What came of one more chunk. */
export type Received =
  | { readonly kind: "part" }
  | { readonly kind: "whole"; readonly bytes: Uint8Array; readonly isOutput: boolean }
  /** More came back than was allowed. */
  | { readonly kind: "too-large"; readonly message: string }
  /** The other side does not keep to the protocol. */
  | { readonly kind: "violation"; readonly message: string };

/** A part of an operation's data, as its frame says. */
export interface Chunk {
  readonly chunk: Uint8Array;
  readonly isOutput: boolean;
  readonly isLast: boolean;
}

/** A whole item that the consumer has not taken yet. */
interface Delivered {
  readonly bytes: number;
  /** What taking it gives back. */
  readonly credit: number;
}

/**
 * What comes back of one operation: puts chunks together, and accounts for credit.
 *
 * Credit goes back for what the final consumer has taken and for nothing else, so that a slow one
 * holds at most {@link tunnelLimits.creditBytes} of it in our memory. The exception is an item that
 * is larger than half of that: nobody can take it before it is whole, so its parts give back credit
 * as they come, up to the limit on items.
 */
export class IncomingData {
  readonly #bytesMax: number;
  #allowed: number = tunnelLimits.creditBytes;
  #totalBytes = 0;
  #hasOutput = false;
  #parts: Uint8Array[] = [];
  #partsBytes = 0;
  #partsCost = 0;
  #partsAreOutput = false;
  readonly #delivered: Delivered[] = [];
  #deliveredHead = 0;
  #consumedBytes = 0;
  #grant = 0;

  /** @param bytesMax how much may come back in all. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get totalBytes(): number {
    return this.#totalBytes;
  }

  /** Whether an item or the output has begun and not ended. */
  get isPartial(): boolean {
    return this.#parts.length > 0;
  }

  /** Takes one more chunk. */
  add(part: Chunk): Received {
    const bytes = part.chunk.length;
    const cost = chunkCost(bytes);
    const problem = this.#check(part, cost);
    if (problem !== undefined) {
      return { kind: "violation", message: problem };
    }
    this.#allowed -= cost;
    this.#totalBytes += bytes;
    this.#partsBytes += bytes;
    this.#partsCost += cost;
    if (this.#totalBytes > this.#bytesMax) {
      return { kind: "too-large", message: `More than ${this.#bytesMax} bytes came back.` };
    }
    if (this.#partsBytes > tunnelLimits.itemBytesMax) {
      return {
        kind: "too-large",
        message: `One message is larger than ${tunnelLimits.itemBytesMax} bytes.`,
      };
    }
    this.#parts.push(part.chunk);
    this.#partsAreOutput = part.isOutput;
    if (!part.isLast) {
      this.#advance();
      return { kind: "part" };
    }
    return this.#complete();
  }

  /** The final consumer has taken this many bytes, in the order in which they were delivered. */
  consumed(bytes: number): void {
    this.#consumedBytes += bytes;
    let head = this.#delivered[this.#deliveredHead];
    while (head !== undefined && head.bytes <= this.#consumedBytes) {
      this.#consumedBytes -= head.bytes;
      this.#grant += head.credit;
      this.#deliveredHead += 1;
      head = this.#delivered[this.#deliveredHead];
    }
    if (this.#deliveredHead * 2 >= this.#delivered.length) {
      this.#delivered.splice(0, this.#deliveredHead);
      this.#deliveredHead = 0;
    }
  }

  /**
   * Credit to send now, in bytes; 0 if it is too little to be worth a frame. A quarter of the credit
   * is: the other side always has the rest.
   */
  takeGrant(): number {
    if (this.#grant < tunnelLimits.creditBytes / 4) {
      return 0;
    }
    const grant = this.#grant;
    this.#grant = 0;
    this.#allowed += grant;
    return grant;
  }

  #check(part: Chunk, cost: number): string | undefined {
    if (part.chunk.length > tunnelLimits.chunkBytesMax) {
      return "A chunk is larger than allowed.";
    }
    if (cost > this.#allowed) {
      return "More data came than there was credit for.";
    }
    if (this.#hasOutput) {
      return "Data came after the output.";
    }
    if (this.isPartial && this.#partsAreOutput !== part.isOutput) {
      return "The output began inside an item.";
    }
    return undefined;
  }

  /** Gives back credit for the parts of a large item, which nobody can take before it is whole. */
  #advance(): void {
    if (this.#partsBytes > tunnelLimits.creditBytes / 2) {
      this.#grant += this.#partsCost;
      this.#partsCost = 0;
    }
  }

  #complete(): Received {
    const isOutput = this.#partsAreOutput;
    const bytes = join(this.#parts, this.#partsBytes);
    this.#hasOutput = isOutput;
    this.#delivered.push({ bytes: bytes.length, credit: this.#partsCost });
    this.#parts = [];
    this.#partsBytes = 0;
    this.#partsCost = 0;
    return { kind: "whole", bytes, isOutput };
  }
}

function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) {
    // A chunk is a view into its whole message: a small one that waits for its consumer would keep all
    // of the message alive. A large one is not worth the copy.
    return first.length * 5 < first.buffer.byteLength ? first.slice() : first;
  }
  const whole = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
