import fc from "fast-check";
import { expect, test } from "vitest";
import { TestRandom } from "../test/support/test-random.ts";
import { Backoff } from "./backoff.ts";

test("every delay lies between nothing and a bound that doubles up to the last", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5_000 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.string(),
      (firstMs, lastMs, seed) => {
        const backoff = new Backoff({ firstMs, lastMs }, new TestRandom(seed));
        for (let attempt = 0; attempt < 40; attempt += 1) {
          const delayMs = backoff.nextMs();
          expect(delayMs).toBeGreaterThanOrEqual(0);
          expect(delayMs).toBeLessThan(Math.min(lastMs, firstMs * 2 ** attempt) + 1);
        }
      },
    ),
  );
});

test("many who failed together do not come back together", () => {
  const delays = Array.from({ length: 200 }, (_, index) =>
    new Backoff({ firstMs: 1_000, lastMs: 1_000 }, new TestRandom(`runner ${index}`)).nextMs(),
  );
  const busiestTenth = Math.max(
    ...Array.from(
      { length: 10 },
      (_, tenth) => delays.filter((ms) => Math.floor(ms / 100) === tenth).length,
    ),
  );
  expect(busiestTenth).toBeLessThan(50);
});

test("after a success the delays begin anew", () => {
  const alwaysHighest = {
    bytes: (length: number) => new Uint8Array(length),
    fraction: () => 0.999,
  };
  const backoff = new Backoff({ firstMs: 100, lastMs: 10_000 }, alwaysHighest);
  expect([backoff.nextMs(), backoff.nextMs(), backoff.nextMs()]).toEqual([99, 199, 399]);
  backoff.reset();
  expect(backoff.nextMs()).toBe(99);
});
