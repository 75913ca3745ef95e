import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { tunnelTimes } from "./limits.ts";

/** What {@link Liveness} needs. */
export interface LivenessOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** How often to ping, in milliseconds. */
  readonly intervalMs: number;
  readonly sendPing: (id: number) => void;
  /** The other side has been silent for too long. */
  readonly onDead: () => void;
}

/** The last round trip, as measured. */
export interface MeasuredRoundTrip {
  readonly arrivedAtMonotonicMs: number;
  readonly durationMs: number;
}

/** How many pings may be without an answer when the next is due. */
const unansweredMax = 2;

/**
 * Pings the other side's dispatcher and notices when it no longer answers: at the latest three
 * intervals after the last answer.
 *
 * It counts unanswered pings rather than time, so that a process that was itself stopped for a while
 * does not blame the other side.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #lastId = 0;
  #unanswered = 0;
  #sentAtMs = 0;
  #roundTrip: MeasuredRoundTrip | undefined;

  constructor(options: LivenessOptions) {
    this.#options = options;
  }

  /** Undefined before the first. */
  get roundTrip(): MeasuredRoundTrip | undefined {
    return this.#roundTrip;
  }

  /** Pings until `signal` aborts or the other side is dead; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#unanswered >= unansweredMax) {
        this.#options.onDead();
        return;
      }
      this.#ping();
      try {
        await this.#options.clock.wait(this.#nextMs(), signal);
      } catch {
        // Only the signal ends a wait early.
        return;
      }
    }
  }

  /** The answer to a ping has come. Answers to earlier pings say nothing about now. */
  pong(id: number): void {
    if (id !== this.#lastId || this.#unanswered === 0) {
      return;
    }
    const nowMs = this.#options.clock.monotonicMs();
    this.#unanswered = 0;
    this.#roundTrip = { arrivedAtMonotonicMs: nowMs, durationMs: nowMs - this.#sentAtMs };
  }

  #ping(): void {
    this.#lastId += 1;
    this.#unanswered += 1;
    this.#sentAtMs = this.#options.clock.monotonicMs();
    this.#options.sendPing(this.#lastId);
  }

  /** A little less than the interval, differently each time: tunnels that began together drift apart. */
  #nextMs(): number {
    return this.#options.intervalMs * (0.8 + 0.2 * this.#options.random.fraction());
  }
}

/** {@link LivenessOptions.intervalMs} that a peer may ask for, in milliseconds. */
export function livenessIntervalMs(asked: number): number {
  return Math.min(Math.max(asked, 100), tunnelTimes.livenessIntervalMs * 2);
}
