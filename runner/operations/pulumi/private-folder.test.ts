import { spawn } from "node:child_process";
import { chmod, mkdir, readdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLog } from "@holdfast/foundation/log.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import { processMark } from "../../state/process-mark.ts";
import { makePrivateFolder, sweepPrivateFolders } from "./private-folder.ts";

test("the folder of an operation is private, and gone afterwards with all that is in it", async () => {
  const state = await temporaryFolder();
  const folder = await makePrivateFolder(state, "op_1");
  for (const part of [folder.source, folder.home, folder.temporary, folder.own]) {
    expect((await stat(part)).mode & 0o777).toBe(0o700);
  }
  await mkdir(join(folder.home, "read-only"));
  await writeFile(join(folder.home, "read-only", "file"), "x");
  await chmod(join(folder.home, "read-only"), 0o500);
  await folder.remove();
  expect(await readdir(join(state, "operations"))).toEqual([]);
});

test("what a killed runner has left is removed at the next start, its children with it", async () => {
  const state = await temporaryFolder();
  const folder = await makePrivateFolder(state, "op_1");
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("exit", (_code, signal) => resolve(signal)));
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await folder.noteChild(await processMark(child.pid ?? 0));
  await sweepPrivateFolders(state, new SystemClock(), silentLog);
  expect(await ended).toBe("SIGINT");
  expect(await readdir(join(state, "operations"))).toEqual([]);
});

test("a process that has the number of a child that is gone is left alone", async () => {
  const state = await temporaryFolder();
  const folder = await makePrivateFolder(state, "op_1");
  const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await folder.noteChild({ pid: child.pid ?? 0, startedAt: "1" });
  await sweepPrivateFolders(state, new SystemClock(), silentLog);
  expect(child.exitCode).toBeNull();
  expect(child.kill(0)).toBe(true);
});

test("a runner without anything left behind sweeps nothing", async () => {
  await sweepPrivateFolders(await temporaryFolder(), new SystemClock(), silentLog);
});
