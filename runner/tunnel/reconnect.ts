import { Backoff } from "@holdfast/foundation/backoff.ts";
import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Random } from "@holdfast/foundation/random.ts";

const firstMs = 1_000;
const lastMs = 30_000;
/** A tunnel that has lived this long was a good one: the next delay is a first one again. */
const stableMs = 10_000;

/** Decides when to dial again. */
export class Reconnect {
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #openedAtMs: number | undefined;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock;
    this.#backoff = new Backoff({ firstMs, lastMs }, random);
  }

  /** A tunnel has passed both phases. */
  opened(): void {
    this.#openedAtMs = this.#clock.monotonicMs();
  }

  /**
   * How long to wait before the next attempt, in milliseconds: full jitter; at once when the control
   * plane asked for it; undefined after a permanent refusal, which means never.
   */
  nextDelayMs(end: {
    readonly isPermanent: boolean;
    readonly isServerDrain: boolean;
  }): number | undefined {
    if (end.isPermanent) {
      return undefined;
    }
    const openedAtMs = this.#openedAtMs;
    this.#openedAtMs = undefined;
    if (openedAtMs !== undefined && this.#clock.monotonicMs() - openedAtMs >= stableMs) {
      this.#backoff.reset();
    }
    return end.isServerDrain ? 0 : this.#backoff.nextMs();
  }
}
