import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { expect, test } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { TestClock } from "../../test/support/test-clock.ts";
import { ChildSessions, isSessionEmpty } from "./child-sessions.ts";
import { type Child, runChild, startChild } from "./run-child.ts";

const signal = new AbortController().signal;

async function start(
  script: string,
  clock = new TestClock(),
): Promise<{ child: Child; folder: string }> {
  const folder = await temporaryFolder();
  const child = startChild(
    {
      program: "/bin/sh",
      arguments: ["-c", script],
      folder,
      environment: { PATH: "/usr/bin:/bin" },
    },
    { clock, sessions: new ChildSessions() },
  );
  return { child, folder };
}

/** What the script wrote into a file, once it has. */
async function written(folder: string, name: string): Promise<string> {
  return await eventually(
    async () => (await readFile(join(folder, name), "utf8").catch(() => "")).trim() || undefined,
    name,
  );
}

test("a child has the environment that it was given, and nothing of the runner's", async () => {
  process.env["HOLDFAST_CANARY"] = "canary";
  const { child, folder } = await start("/usr/bin/env > env");
  await child.ended;
  delete process.env["HOLDFAST_CANARY"];
  const names = (await readFile(join(folder, "env"), "utf8")).match(/^\w+(?==)/gm) ?? [];
  // A shell adds some of its own.
  const ofShell = ["PWD", "OLDPWD", "SHLVL", "_"];
  expect(names.filter((name) => !ofShell.includes(name))).toEqual(["PATH"]);
});

test("a child reads its secret from standard input, so that it stands in no argument list", async () => {
  const folder = await temporaryFolder();
  const end = await runChild(
    {
      program: "/bin/sh",
      arguments: ["-c", "cat > secret; cat /proc/$$/cmdline > arguments"],
      folder,
      environment: { PATH: "/usr/bin:/bin" },
      input: new Secret("canary"),
    },
    { clock: new SystemClock(), sessions: new ChildSessions() },
    signal,
  );
  expect(end).toEqual({ exitCode: 0, errorText: "", wasKilled: false });
  expect(await readFile(join(folder, "secret"), "utf8")).toBe("canary");
  expect(await readFile(join(folder, "arguments"), "utf8")).not.toContain("canary");
});

test("a child's end is told with its exit code and the last of its errors", async () => {
  const { child } = await start("echo first >&2; echo last >&2; exit 7");
  expect(await child.ended).toEqual({ exitCode: 7, errorText: "first\nlast\n", wasKilled: false });
});

test("a program that is not there ends like one that failed", async () => {
  const child = startChild(
    { program: "/does/not/exist", arguments: [], folder: "/", environment: {} },
    { clock: new TestClock(), sessions: new ChildSessions() },
  );
  child.interrupt();
  expect(await child.ended).toMatchObject({ exitCode: undefined, wasKilled: false });
});

test("a child is interrupted before it is killed, so that it can clean up after itself", async () => {
  const { child, folder } = await start(
    "trap 'echo cleaned > cleaned; exit 3' INT; echo ready > ready; while :; do sleep 0.05; done",
  );
  await written(folder, "ready");
  child.interrupt();
  expect(await child.ended).toMatchObject({ exitCode: 3, wasKilled: false });
  expect(await written(folder, "cleaned")).toBe("cleaned");
});

test("a child that does not heed two interrupts is killed, with all that it has started", async () => {
  const clock = new TestClock();
  const { child, folder } = await start(
    "trap '' INT; setsid -f true; sleep 600 & sh -c 'trap \"\" INT; sleep 600' & echo ready > ready; while :; do sleep 1; done",
    clock,
  );
  await written(folder, "ready");
  const mark = await child.mark;
  child.interrupt();
  const ended = child.ended;
  await eventually(() => clock.waiting === 1);
  await clock.advance(20_000);
  await eventually(() => clock.waiting === 1);
  await clock.advance(4_000);
  expect(await ended).toMatchObject({ exitCode: undefined, wasKilled: true });
  expect(await isSessionEmpty(mark?.pid ?? 0)).toBe(true);
});

test("what a child leaves running does not outlive it", async () => {
  const { child, folder } = await start("sleep 600 & echo $! > left; exit 0");
  const mark = await child.mark;
  await child.ended;
  const left = Number(await written(folder, "left"));
  expect(left).toBeGreaterThan(1);
  expect(await isSessionEmpty(mark?.pid ?? 0)).toBe(true);
});

test("a forced end leaves no child", async () => {
  const sessions = new ChildSessions();
  const child = startChild(
    { program: "/bin/sleep", arguments: ["600"], folder: "/", environment: {} },
    { clock: new TestClock(), sessions },
  );
  await child.mark;
  await sessions.killAll();
  expect(await child.ended).toMatchObject({ exitCode: undefined });
});
