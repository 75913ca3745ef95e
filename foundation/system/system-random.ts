import { randomBytes } from "node:crypto";
import type { Random } from "../random.ts";

/** The operating system's randomness. */
export class SystemRandom implements Random {
  bytes(length: number): Uint8Array {
    return new Uint8Array(randomBytes(length));
  }

  fraction(): number {
    return Math.random();
  }
}
