import { expect, test } from "vitest";
import { accessRetryDelayMs } from "./access-propagation.ts";

const notSeen =
  "InvalidParameterValueInContainerTemplate: Field 'configuration.secrets' is invalid with details: 'Invalid value: \"runner-credentials\": Unable to get value using Managed identity /subscriptions/x for secret runner-credentials. Error: unable to fetch secret 'runner-credentials' using Managed identity '/subscriptions/x'';.";

function delays(waitSecondsMax: number): readonly number[] {
  const errors: string[] = [];
  const found: number[] = [];
  for (;;) {
    errors.unshift(notSeen);
    const delayMs = accessRetryDelayMs(errors, waitSecondsMax);
    if (delayMs === undefined) {
      return found;
    }
    found.push(delayMs);
  }
}

test("tries follow each other after 1 s, 2 s and so on to 30 s, until the wait is over", () => {
  expect(delays(100).slice(0, 7)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(delays(0)).toEqual([]);
  expect(delays(1)).toEqual([1_000]);
  expect(delays(2)).toEqual([1_000]);
  expect(delays(3)).toEqual([1_000, 2_000]);
  const all = delays(900).reduce((sum, delayMs) => sum + delayMs, 0);
  expect(all).toBeLessThanOrEqual(900_000);
  expect(all).toBeGreaterThan(870_000);
});

test("only rights that are not seen yet are worth another try, and only if the latest error says so", () => {
  expect(accessRetryDelayMs(["unable to pull image using Managed identity"], 900)).toBe(1_000);
  for (const message of ["", "quota exceeded", "Managed identity not found"]) {
    expect(accessRetryDelayMs([message], 900)).toBeUndefined();
    expect(accessRetryDelayMs([message, notSeen], 900)).toBeUndefined();
  }
  expect(accessRetryDelayMs([notSeen, "quota exceeded"], 900)).toBe(2_000);
});
