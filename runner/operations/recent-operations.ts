import type { Clock } from "@holdfast/foundation/clock.ts";
import type { OperationOutcome } from "./outcome.ts";

/** How many ended operations are remembered, and for how long, in milliseconds. */
export const recentOperationsMax = 2_048;
export const rememberMs = 15 * 60_000;

/** Outputs up to this size are kept, so that a repeated operation is answered as the first time. */
const outputBytesMax = 16 * 1024;

/** What is remembered of an operation. */
export interface RememberedOperation {
  readonly outcome: OperationOutcome;
  /** Its output, if it had one that is small enough and streamed nothing. */
  readonly output: Uint8Array | undefined;
}

/** Operations that ended a short while ago, by id: none is executed twice within that time. */
export class RecentOperations {
  readonly #clock: Clock;
  readonly #ended = new Map<string, RememberedOperation & { readonly endedAtMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What became of the operation; undefined if it is not remembered. */
  find(operationId: string): RememberedOperation | undefined {
    this.#forgetOld();
    return this.#ended.get(operationId);
  }

  remember(operationId: string, outcome: OperationOutcome, output: Uint8Array | undefined): void {
    const isSmall = output !== undefined && output.byteLength <= outputBytesMax;
    this.#ended.set(operationId, {
      outcome,
      output: isSmall ? output : undefined,
      endedAtMs: this.#clock.monotonicMs(),
    });
    this.#forgetOld();
  }

  /** A map keeps the order in which entries were added, so the oldest come first. */
  #forgetOld(): void {
    const oldestMs = this.#clock.monotonicMs() - rememberMs;
    for (const [operationId, { endedAtMs }] of this.#ended) {
      if (endedAtMs > oldestMs && this.#ended.size <= recentOperationsMax) {
        return;
      }
      this.#ended.delete(operationId);
    }
  }
}
