import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../clock.ts";

/** The machine's clock. */
export class SystemClock implements Clock {
  nowMs(): number {
    return Date.now();
  }

  monotonicMs(): number {
    return performance.now();
  }

  async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    try {
      await sleep(delayMs, undefined, { signal });
    } catch (cause) {
      // The promise rejects with an AbortError of its own; callers look at the reason they gave.
      throw signal.aborted ? signal.reason : cause;
    }
  }
}
