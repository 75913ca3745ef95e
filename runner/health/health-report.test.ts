import { expect, test } from "vitest";
import { type HealthReport, judgeHealth } from "./health-report.ts";

const report: HealthReport = {
  version: 1,
  state: "connected",
  code: "",
  message: "",
  lastRoundTripAtMs: 1_000_000,
  roundTripMs: 3,
  staleAfterMs: 30_000,
  runnerId: "run_1",
  tunnelId: "tun_1",
  pid: 1,
};

test("a runner is well as long as its last real round trip is young enough, and not a moment longer", () => {
  expect(judgeHealth(report, 1_030_000)).toMatchObject({ healthy: true, ageMs: 30_000 });
  expect(judgeHealth(report, 1_030_001)).toMatchObject({
    healthy: false,
    code: "tunnel.liveness_lost",
  });
});

test("a runner without a tunnel is unwell, with the reason", () => {
  const connecting = { ...report, state: "connecting" as const, code: "tunnel.unreachable" };
  expect(judgeHealth(connecting, 1_000_000)).toMatchObject({
    healthy: false,
    code: "tunnel.unreachable",
  });
});

test("a connected runner is unwell until the first answer has come", () => {
  expect(judgeHealth({ ...report, lastRoundTripAtMs: 0 }, 1_000_000).healthy).toBe(false);
});

test("a runner that ends in order is well, and so is one whose clock was set back", () => {
  expect(judgeHealth({ ...report, state: "draining" }, 1_000_001).healthy).toBe(true);
  expect(judgeHealth(report, 1)).toMatchObject({ healthy: true, ageMs: 0 });
});
