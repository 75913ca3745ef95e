import fc from "fast-check";
import { expect, test } from "vitest";
import { TestRandom } from "../test/support/test-random.ts";
import {
  isIdentifier,
  makeIdentifier,
  namePattern,
  randomDigits,
  writeDigits,
} from "./identifier.ts";

test("an identifier has its prefix and 22 base-62 digits", () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const id = makeIdentifier("run", new TestRandom(seed));
      expect(id).toMatch(/^run_[0-9A-Za-z]{22}$/);
      expect(isIdentifier("run", id)).toBe(true);
      expect(isIdentifier("org", id)).toBe(false);
    }),
  );
});

test("identifiers do not recur", () => {
  const random = new TestRandom();
  const made = new Set(Array.from({ length: 10_000 }, () => makeIdentifier("op", random)));
  expect(made.size).toBe(10_000);
});

test("every digit is equally likely", () => {
  const digits = randomDigits(62_000, new TestRandom());
  const counts = new Map<string, number>();
  for (const digit of digits) {
    counts.set(digit, (counts.get(digit) ?? 0) + 1);
  }
  expect(counts.size).toBe(62);
  for (const count of counts.values()) {
    expect(count).toBeGreaterThan(800);
    expect(count).toBeLessThan(1_200);
  }
});

test.each([
  ["a", true],
  ["prod-runner", true],
  ["a".repeat(63), true],
  ["a".repeat(64), false],
  ["", false],
  ["1st", false],
  ["-a", false],
  ["a-", false],
  ["A", false],
  ["a_b", false],
  ["a\n", false],
])("the name %j is allowed: %s", (name, isAllowed) => {
  expect(namePattern.test(name)).toBe(isAllowed);
});

test("a number in base 62 is padded to its width and reads back", () => {
  expect(writeDigits(0, 6)).toBe("000000");
  expect(writeDigits(61, 2)).toBe("0z");
  expect(writeDigits(62, 2)).toBe("10");
  expect(writeDigits(2 ** 32 - 1, 6)).toHaveLength(6);
});
