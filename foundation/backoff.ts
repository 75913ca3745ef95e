import type { Random } from "./random.ts";

/** Bounds of a {@link Backoff}, in milliseconds. */
export interface BackoffOptions {
  /** Upper end of the first delay. */
  readonly firstMs: number;
  /** Upper end of every later delay. */
  readonly lastMs: number;
}

/**
 * Delays between attempts: exponential with full jitter, so that many who failed together do not
 * come back together (each delay is drawn evenly from 0 to a bound that doubles).
 */
export class Backoff {
  readonly #options: BackoffOptions;
  readonly #random: Random;
  #attempts = 0;

  constructor(options: BackoffOptions, random: Random) {
    this.#options = options;
    this.#random = random;
  }

  /** The next delay, in milliseconds. */
  nextMs(): number {
    const { firstMs, lastMs } = this.#options;
    // 2 ** 30 is far above any bound in use and keeps the number finite.
    const boundMs = Math.min(lastMs, firstMs * 2 ** Math.min(this.#attempts, 30));
    this.#attempts += 1;
    return Math.floor(this.#random.fraction() * boundMs);
  }

  /** Begins anew, after a success. */
  reset(): void {
    this.#attempts = 0;
  }
}
