import { expect, test } from "vitest";
import { SystemClock } from "./system-clock.ts";

test("waiting ends with the reason that the signal gives", async () => {
  const controller = new AbortController();
  const waiting = new SystemClock().wait(60_000, controller.signal);
  const reason = new Error("no longer needed");
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

test("waiting ends when the time has passed", async () => {
  const clock = new SystemClock();
  const beforeMs = clock.monotonicMs();
  await clock.wait(1, new AbortController().signal);
  expect(clock.monotonicMs()).toBeGreaterThan(beforeMs);
});
