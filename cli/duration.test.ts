import fc from "fast-check";
import { expect, test } from "vitest";
import { formatDuration, parseDurationMs, parseDurationSeconds } from "./duration.ts";

test.each([
  ["500ms", 500],
  ["60s", 60_000],
  ["15m", 900_000],
  ["1h30m", 5_400_000],
  ["7d", 604_800_000],
])("%s is a duration", (text, expected) => {
  expect(parseDurationMs(text, "--overlap")).toBe(expected);
});

test.each(["", "15", "m", "1.5h", "-5s", "5 s", "5S", "1y"])(
  "%j is refused, and the message names the option and not the value",
  (text) => {
    expect(() => parseDurationMs(text, "--overlap")).toThrow(
      /^The value of --overlap is no duration/,
    );
  },
);

test("seconds are rounded up, so that no deadline is shorter than was asked for", () => {
  expect(parseDurationSeconds("1500ms", "x")).toBe(2);
});

test("a duration for eyes is read as no more than it is", () => {
  fc.assert(
    fc.property(fc.nat(10 ** 9), (durationMs) => {
      expect(parseDurationMs(formatDuration(durationMs), "x")).toBeLessThanOrEqual(durationMs);
    }),
  );
});
