import { createHash } from "node:crypto";
import type { Random } from "@holdfast/foundation/random.ts";

/** Randomness that is the same in every run with the same seed. */
export class TestRandom implements Random {
  readonly #seed: string;
  #draws = 0;

  constructor(seed = "seed") {
    this.#seed = seed;
  }

  bytes(length: number): Uint8Array {
    const blocks: Buffer[] = [];
    for (let made = 0; made < length; made += 32) {
      this.#draws += 1;
      blocks.push(createHash("sha256").update(`${this.#seed}:${this.#draws}`).digest());
    }
    return new Uint8Array(Buffer.concat(blocks).subarray(0, length));
  }

  fraction(): number {
    return Buffer.from(this.bytes(4)).readUInt32BE() / 2 ** 32;
  }
}
