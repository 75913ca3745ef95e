import fc from "fast-check";
import { expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { Reconnect } from "./reconnect.ts";

const lost = { isPermanent: false, isServerDrain: false };

test("the delays have full jitter below a bound that doubles from 1 to 30 s", () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const reconnect = new Reconnect({ clock: new TestClock(), random: new TestRandom(seed) });
      for (let attempt = 0; attempt < 30; attempt += 1) {
        const delayMs = reconnect.nextDelayMs(lost);
        expect(delayMs).toBeGreaterThanOrEqual(0);
        expect(delayMs).toBeLessThanOrEqual(Math.min(30_000, 1_000 * 2 ** attempt));
      }
    }),
  );
});

test("it never connects again after a permanent refusal", () => {
  const reconnect = new Reconnect({ clock: new TestClock(), random: new TestRandom() });
  expect(reconnect.nextDelayMs({ isPermanent: true, isServerDrain: true })).toBeUndefined();
});

test("it connects at once when the control plane drains", () => {
  const reconnect = new Reconnect({ clock: new TestClock(), random: new TestRandom() });
  expect(reconnect.nextDelayMs({ isPermanent: false, isServerDrain: true })).toBe(0);
});

test("a tunnel that lived for a while makes the delays short again; one that fell at once does not", async () => {
  const clock = new TestClock();
  const highest = { bytes: (length: number) => new Uint8Array(length), fraction: () => 0.999 };
  const reconnect = new Reconnect({ clock, random: highest });
  const delays = (): (number | undefined)[] => [1, 2, 3].map(() => reconnect.nextDelayMs(lost));
  expect(delays()).toEqual([999, 1_998, 3_996]);
  reconnect.opened();
  await clock.advance(1_000);
  expect(reconnect.nextDelayMs(lost)).toBe(7_992);
  reconnect.opened();
  await clock.advance(60_000);
  expect(reconnect.nextDelayMs(lost)).toBe(999);
});
