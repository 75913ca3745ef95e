import type { Clock } from "@holdfast/foundation/clock.ts";
import type { FrameInit } from "./frame-writer.ts";
import { livenessDeadMs, livenessIntervalMs } from "./limits.ts";

/** Knows whether the other side lives: by round trips of our own through its dispatcher. */
export class Liveness {
  readonly #clock: Clock;
  readonly #send: (frame: FrameInit) => void;
  readonly #dead: () => void;
  #lastHeardMs: number;
  #sentAtMs = new Map<number, number>();
  #nextId = 1;
  #roundTrip: { readonly atMs: number; readonly durationMs: number } | undefined;

  /**
   * @param dead called once, when nothing was heard for 15 seconds.
   */
  constructor(clock: Clock, send: (frame: FrameInit) => void, dead: () => void) {
    this.#clock = clock;
    this.#send = send;
    this.#dead = dead;
    this.#lastHeardMs = clock.monotonicMs();
  }

  /** The last round trip; undefined before the first. */
  get roundTrip(): { readonly ageMs: number; readonly durationMs: number } | undefined {
    const last = this.#roundTrip;
    return last === undefined
      ? undefined
      : { ageMs: this.#clock.monotonicMs() - last.atMs, durationMs: last.durationMs };
  }

  /** Something has arrived. */
  heard(): void {
    this.#lastHeardMs = this.#clock.monotonicMs();
  }

  /** A pong has arrived. */
  ponged(id: number): void {
    const sentAtMs = this.#sentAtMs.get(id);
    this.#sentAtMs.delete(id);
    if (sentAtMs !== undefined) {
      const atMs = this.#clock.monotonicMs();
      this.#roundTrip = { atMs, durationMs: atMs - sentAtMs };
    }
  }

  /** Asks at its own pace until `signal` aborts or the other side is dead. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#ping();
      try {
        await this.#clock.wait(livenessIntervalMs, signal);
      } catch {
        // Only the end of the tunnel interrupts the wait.
        return;
      }
      if (this.#clock.monotonicMs() - this.#lastHeardMs >= livenessDeadMs) {
        this.#dead();
        return;
      }
    }
  }

  #ping(): void {
    const id = this.#nextId;
    this.#nextId += 1;
    // Three are on the way at most before the other side counts as dead; older ones are forgotten.
    if (this.#sentAtMs.size > 4) {
      this.#sentAtMs = new Map();
    }
    this.#sentAtMs.set(id, this.#clock.monotonicMs());
    this.#send({ kind: { case: "ping", value: { id } } });
  }
}
