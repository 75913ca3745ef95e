/**
 * Time, as something a caller hands in.
 *
 * Every object that reads the time or waits takes a {@link Clock} in its constructor, so that a test
 * decides what "now" is and no test ever sleeps.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. Not monotonic: the operator may step it. */
  nowMs(): number;

  /** Milliseconds since some fixed moment. Monotonic: for measuring how long something took. */
  monotonicMs(): number;

  /**
   * Waits for `delayMs` milliseconds of this clock's time.
   *
   * @throws `signal.reason`, as soon as `signal` aborts.
   */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
}
