import { setImmediate, setTimeout } from "node:timers/promises";

const patienceMs = 60_000;
const quickTurns = 200;
const lookEveryMs = 10;

/**
 * Waits until `probe` answers with something, for what has no promise of its own: turn by turn of the
 * event loop at first, then every 10 ms, since other processes need the machine too. Ends with an error
 * rather than never.
 */
export async function eventually<Value>(
  probe: () => Value | undefined | false | null | Promise<Value | undefined | false | null>,
  what = "it",
): Promise<Value> {
  const untilMs = Date.now() + patienceMs;
  for (let turn = 0; Date.now() < untilMs; turn += 1) {
    const value = await probe();
    if (value !== undefined && value !== false && value !== null) {
      return value;
    }
    await (turn < quickTurns ? setImmediate() : setTimeout(lookEveryMs));
  }
  throw new Error(`${what} did not come to be within ${patienceMs} ms`);
}
