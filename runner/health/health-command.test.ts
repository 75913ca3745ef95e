import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { answerHealth } from "./health-command.ts";
import { HealthFile, healthFileOf } from "./health-file.ts";
import type { HealthReport } from "./health-report.ts";

const report: HealthReport = {
  version: 1,
  state: "connected",
  code: "",
  message: "",
  lastRoundTripAtMs: 1_000,
  roundTripMs: 2.5,
  staleAfterMs: 30_000,
  runnerId: "run_1",
  tunnelId: "tun_1",
  pid: 7,
};

test("health says what the running runner wrote, by its exit code, as text and as JSON", async () => {
  const folder = await temporaryFolder();
  await new HealthFile(folder).write(report);
  expect(await answerHealth(folder, 3_000, false)).toEqual({
    text: "healthy (ok): The runner answers. Last answer: 2.0 s ago.",
    exitCode: 0,
  });
  const json = await answerHealth(folder, 99_000, true);
  expect(json.exitCode).toBe(1);
  expect(JSON.parse(json.text)).toMatchObject({
    healthy: false,
    code: "tunnel.liveness_lost",
    ageMs: 98_000,
    roundTripMs: 2.5,
  });
});

test("no runner, or a file that is no report, is unhealthy", async () => {
  const folder = await temporaryFolder();
  expect((await answerHealth(folder, 0, true)).text).toContain('"code":"not_running"');
  await writeFile(healthFileOf(folder), '{"version":1');
  expect((await answerHealth(folder, 0, false)).exitCode).toBe(1);
});

test("of many reports at once a reader sees whole ones, and the last one in the end", async () => {
  const folder = await temporaryFolder();
  const file = new HealthFile(folder);
  await Promise.all(
    Array.from({ length: 50 }, async (_, index) => {
      await file.write({ ...report, lastRoundTripAtMs: index + 1 });
    }),
  );
  expect(JSON.parse((await answerHealth(folder, 50, true)).text)).toMatchObject({ ageMs: 0 });
  await file.remove();
  expect((await answerHealth(folder, 50, false)).exitCode).toBe(1);
});
