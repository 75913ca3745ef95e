import fc from "fast-check";
import { expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { tunnelTimes } from "./limits.ts";
import { Liveness, livenessIntervalMs } from "./liveness.ts";

function watch(seed: string) {
  const clock = new TestClock();
  const pings: number[] = [];
  const watched = { deadAtMs: undefined as number | undefined };
  const stop = new AbortController();
  const liveness = new Liveness({
    clock,
    random: new TestRandom(seed),
    intervalMs: tunnelTimes.livenessIntervalMs,
    sendPing: (id) => pings.push(id),
    onDead: () => {
      watched.deadAtMs = clock.monotonicMs();
    },
  });
  void liveness.run(stop.signal);
  return { clock, pings, watched, liveness, stop };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 8; turn += 1) {
    await Promise.resolve();
  }
}

test("a peer that stops answering is noticed within 15 s of its last answer, and never while it answers", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.integer({ min: 1, max: 60 }), async (seed, livesS) => {
      const { clock, pings, watched, liveness } = watch(seed);
      let lastAnswerMs = clock.monotonicMs();
      const diesAtMs = lastAnswerMs + livesS * 1_000;
      for (let step = 0; step < 800 && watched.deadAtMs === undefined; step += 1) {
        const id = pings.shift();
        if (id !== undefined && clock.monotonicMs() < diesAtMs) {
          liveness.pong(id);
          lastAnswerMs = clock.monotonicMs();
        }
        await clock.advance(100);
        await settle();
      }
      expect(watched.deadAtMs).toBeGreaterThan(diesAtMs);
      expect((watched.deadAtMs ?? 0) - lastAnswerMs).toBeLessThanOrEqual(15_000);
    }),
    { numRuns: 40 },
  );
});

test("a process that was itself stopped for a while does not blame the other side", async () => {
  const { clock, pings, watched, liveness } = watch("stopped");
  liveness.pong(pings[0] ?? 0);
  await clock.advance(3_600_000);
  await settle();
  expect(watched.deadAtMs).toBeUndefined();
  liveness.pong(pings[1] ?? 0);
  await clock.advance(5_000);
  await settle();
  expect([watched.deadAtMs, pings.length]).toEqual([undefined, 3]);
});

test("a round trip is measured from its own ping, and a late or invented answer counts for nothing", async () => {
  const { clock, pings, liveness } = watch("round trip");
  expect(liveness.roundTrip).toBeUndefined();
  await clock.advance(40);
  liveness.pong(99);
  expect(liveness.roundTrip).toBeUndefined();
  liveness.pong(pings[0] ?? 0);
  expect(liveness.roundTrip?.durationMs).toBe(40);
  await clock.advance(10);
  liveness.pong(pings[0] ?? 0);
  expect(liveness.roundTrip?.durationMs).toBe(40);
});

test("it ends with its tunnel", async () => {
  const { clock, pings, watched, stop } = watch("end");
  stop.abort();
  await settle();
  await clock.advance(60_000);
  await settle();
  expect([watched.deadAtMs, pings.length, clock.waiting]).toEqual([undefined, 1, 0]);
});

test("an interval that a peer asks for is kept within bounds", () => {
  expect([
    livenessIntervalMs(0),
    livenessIntervalMs(5_000),
    livenessIntervalMs(4_000_000_000),
  ]).toEqual([100, 5_000, 10_000]);
});
