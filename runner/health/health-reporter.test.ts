import { silentLog } from "@holdfast/foundation/log.ts";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { TestClock } from "../../test/support/test-clock.ts";
import type { KeeperState } from "../session/tunnel-keeper.ts";
import type { OpenedTunnel, RoundTrip } from "../tunnel/tunnel-client.ts";
import { HealthFile, readHealthFile } from "./health-file.ts";
import type { HealthReport } from "./health-report.ts";
import { HealthReporter } from "./health-reporter.ts";

interface World {
  readonly clock: TestClock;
  readonly reporter: HealthReporter;
  /** The report once it matches; time passes meanwhile. */
  report(matches: (report: HealthReport) => boolean): Promise<HealthReport>;
}

async function open(): Promise<World> {
  const folder = await temporaryFolder();
  const clock = new TestClock();
  const reporter = new HealthReporter(new HealthFile(folder), clock, silentLog, "run_1");
  const stop = new AbortController();
  const running = reporter.run(stop.signal);
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return {
    clock,
    reporter,
    report: async (matches) =>
      await eventually(async () => {
        await clock.advance(1_000);
        const report = await readHealthFile(folder);
        return report !== undefined && matches(report) ? report : undefined;
      }),
  };
}

function connected(roundTrip: () => RoundTrip | undefined): KeeperState {
  // Of a tunnel only these two are looked at, and of the credentials nothing.
  const tunnel = { tunnelId: "tun_1", lastRoundTrip: roundTrip } as OpenedTunnel;
  return { kind: "connected", tunnel } as KeeperState;
}

test("a runner that has not connected yet says why, from its start on", async () => {
  const { reporter, report } = await open();
  expect(await report(() => true)).toMatchObject({ state: "connecting", runnerId: "run_1" });
  reporter.noteState({ kind: "connecting", code: "tunnel.unreachable", message: "Nobody there." });
  expect(await report(({ message }) => message === "Nobody there.")).toMatchObject({
    code: "tunnel.unreachable",
    lastRoundTripAtMs: 0,
  });
});

test("each new round trip is written, with its moment and how long it took", async () => {
  const { clock, reporter, report } = await open();
  let atMs = clock.monotonicMs();
  reporter.noteState(connected(() => ({ ageMs: clock.monotonicMs() - atMs, durationMs: 2 })));
  const first = await report(({ state }) => state === "connected");
  expect(first).toMatchObject({ tunnelId: "tun_1", roundTripMs: 2, lastRoundTripAtMs: atMs });
  atMs = clock.monotonicMs() - 10;
  const second = await report(
    ({ lastRoundTripAtMs }) => lastRoundTripAtMs > first.lastRoundTripAtMs,
  );
  expect(second.lastRoundTripAtMs).toBe(atMs);
});

test("a runner that ends in order says so, and a lost tunnel keeps the moment of its last answer", async () => {
  const { clock, reporter, report } = await open();
  const atMs = clock.monotonicMs();
  reporter.noteState(connected(() => ({ ageMs: clock.monotonicMs() - atMs, durationMs: 2 })));
  await report(({ state }) => state === "connected");
  reporter.noteState({ kind: "connecting", code: "tunnel.liveness_lost", message: "Silence." });
  expect(await report(({ state }) => state === "connecting")).toMatchObject({
    lastRoundTripAtMs: atMs,
    tunnelId: "",
  });
  reporter.noteDraining();
  await report(({ state }) => state === "draining");
});
