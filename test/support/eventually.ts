import { setImmediate } from "node:timers/promises";

const patienceMs = 10_000;

/**
 * Waits, turn by turn of the event loop, until `probe` answers with something; for what has no promise
 * of its own. Ends with an error rather than never.
 */
export async function eventually<Value>(
  probe: () => Value | undefined | false | null | Promise<Value | undefined | false | null>,
  what = "it",
): Promise<Value> {
  const untilMs = Date.now() + patienceMs;
  while (Date.now() < untilMs) {
    const value = await probe();
    if (value !== undefined && value !== false && value !== null) {
      return value;
    }
    await setImmediate();
  }
  throw new Error(`${what} did not come to be within ${patienceMs} ms`);
}
