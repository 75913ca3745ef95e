import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { makePinoLog } from "@holdfast/foundation/system/pino-log.ts";
import {
  type CredentialsDocument,
  formatCredentialsFile,
} from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../test/support/eventually.ts";
import { openRunnerWorld, type RunnerWorld } from "../test/support/runner-world.ts";
import { temporaryFolder } from "../test/support/temporary-folder.ts";
import { TestClock } from "../test/support/test-clock.ts";
import { TestRandom } from "../test/support/test-random.ts";
import { runAgent } from "./agent.ts";
import { ChildSessions } from "./children/child-sessions.ts";
import { exitCodes } from "./exit-codes.ts";
import { readSettings } from "./settings.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld(new TestClock(Date.now()));
});
afterAll(async () => {
  await world.close();
});

/** A port that nobody listens on. */
async function deadPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** Starts a runner whose control plane cannot be reached. */
async function startOffline(environment: Readonly<Record<string, string>>): Promise<{
  readonly clock: TestClock;
  readonly lines: string[];
  readonly stop: AbortController;
  readonly exitCode: Promise<number>;
}> {
  const folder = await temporaryFolder();
  const { file } = await world.generate(await world.makeRunner());
  const document = JSON.parse(file.expose()) as CredentialsDocument;
  const tunnel = `localhost:${await deadPort()}`;
  const path = join(folder, "runner.json");
  await writeFile(
    path,
    formatCredentialsFile({ ...document, endpoints: { ...document.endpoints, tunnel } }),
    { mode: 0o600 },
  );
  const userId = process.getuid?.() ?? 0;
  const settings = readSettings(
    {
      HOLDFAST_CREDENTIALS_FILE: path,
      HOLDFAST_STATE_DIR: join(folder, "state"),
      ...environment,
    },
    { temporaryFolder: folder, userId },
  );
  const clock = new TestClock();
  const lines: string[] = [];
  const stop = new AbortController();
  const exitCode = runAgent({
    settings,
    userId,
    clock,
    random: new TestRandom("agent"),
    log: makePinoLog({ level: "info", name: "test", write: (line) => lines.push(line) }),
    sessions: new ChildSessions(),
    platform: "linux/x64",
    runtimeVersion: "26",
    stop: stop.signal,
    force: new AbortController().signal,
  });
  await eventually(() => lines.some((line) => line.includes("tries again")));
  return { clock, lines, stop, exitCode };
}

test("a runner that is offline for too long ends with a code of its own, and says so", async () => {
  const { clock, lines, exitCode } = await startOffline({ HOLDFAST_OFFLINE_EXIT_SECONDS: "300" });
  const ended = exitCode.then(() => "ended");
  await clock.advance(299_999);
  expect(await Promise.race([ended, Promise.resolve("runs")])).toBe("runs");
  await clock.advance(1);
  expect(await exitCode).toBe(exitCodes.offline);
  expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([
    expect.stringContaining("runner offline for too long"),
  ]);
});

test("a runner goes on trying for ever if nobody has said for how long", async () => {
  const { clock, stop, exitCode } = await startOffline({});
  const ended = exitCode.then(() => "ended");
  await clock.advance(10 * 86_400_000);
  expect(await Promise.race([ended, Promise.resolve("runs")])).toBe("runs");
  stop.abort();
  expect(await exitCode).toBe(exitCodes.stopped);
});

test("a runner that is told to stop while it is offline has stopped in order", async () => {
  const { stop, exitCode } = await startOffline({ HOLDFAST_OFFLINE_EXIT_SECONDS: "300" });
  stop.abort();
  expect(await exitCode).toBe(exitCodes.stopped);
});
