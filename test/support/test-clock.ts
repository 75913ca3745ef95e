import type { Clock } from "@holdfast/foundation/clock.ts";

/** A clock that moves only when a test moves it. */
export class TestClock implements Clock {
  #nowMs: number;
  readonly #waiters = new Set<{ readonly dueMs: number; readonly wake: () => void }>();

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** How many wait now. */
  get waiting(): number {
    return this.#waiters.size;
  }

  async wait(delayMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { dueMs: this.#nowMs + delayMs, wake: resolve };
    const abort = (): void => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    this.#waiters.add(waiter);
    try {
      await promise;
    } finally {
      this.#waiters.delete(waiter);
      signal.removeEventListener("abort", abort);
    }
  }

  /** Wakes, in due order, everyone whose wait ends within the next `byMs`. */
  async advance(byMs: number): Promise<void> {
    this.#nowMs += byMs;
    const due = [...this.#waiters].filter((waiter) => waiter.dueMs <= this.#nowMs);
    for (const waiter of due.sort((a, b) => a.dueMs - b.dueMs)) {
      waiter.wake();
      await Promise.resolve();
    }
  }
}
