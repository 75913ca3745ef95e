import { expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { resultsTold } from "./results-told.ts";

test("a runner whose results are told leaves at once", async () => {
  const clock = new TestClock();
  const none = { tunnels: [{ operationsRunning: 0 }] };
  expect(await resultsTold(none, clock, new AbortController().signal)).toBe(true);
  expect(await resultsTold(none, clock, AbortSignal.abort())).toBe(true);
});

test("a result that waits for its reader is waited for, in every tunnel", async () => {
  const clock = new TestClock();
  const tunnels = [{ operationsRunning: 0 }, { operationsRunning: 1 }];
  const told = resultsTold({ tunnels }, clock, new AbortController().signal);
  await clock.advance(100);
  expect(clock.waiting).toBe(1);
  tunnels[1] = { operationsRunning: 0 };
  await clock.advance(100);
  expect(await told).toBe(true);
});

test("when the time is over, what has not been told is left", async () => {
  const over = new AbortController();
  const keeper = { tunnels: [{ operationsRunning: 1 }] };
  const told = resultsTold(keeper, new TestClock(), over.signal);
  over.abort();
  expect(await told).toBe(false);
});
