import { spawn } from "node:child_process";
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../test/support/temporary-folder.ts";
import { processMark } from "./process-mark.ts";
import { takeStateFolder } from "./state-folder.ts";

const userId = process.getuid?.() ?? 0;

async function problemOf(taking: Promise<unknown>): Promise<string> {
  try {
    await taking;
  } catch (error) {
    return error instanceof Failure ? (error.fields[0]?.problem ?? error.code) : String(error);
  }
  return "taken";
}

test("the state folder is made with mode 0700", async () => {
  const path = join(await temporaryFolder(), "deep", "state");
  await takeStateFolder(path, userId);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test("a state folder that is open to others, or another user's, is refused", async () => {
  const path = join(await temporaryFolder(), "state");
  await mkdir(path, { mode: 0o700 });
  expect(await problemOf(takeStateFolder(path, userId + 1))).toContain("not this user's alone");
  await chmod(path, 0o750);
  expect(await problemOf(takeStateFolder(path, userId))).toContain("mode 750");
});

test("a second runner is refused with the first one's process id, until the first has ended", async () => {
  const path = join(await temporaryFolder(), "state");
  const state = await takeStateFolder(path, userId);
  await state.release();
  const child = spawn("sleep", ["60"], { stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  const mark = await processMark(child.pid ?? 0);
  await writeFile(join(path, "runner.pid"), JSON.stringify(mark));
  expect(await problemOf(takeStateFolder(path, userId))).toContain(`process id ${child.pid}`);
  const ended = new Promise((resolve) => child.on("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  expect(await problemOf(takeStateFolder(path, userId))).toBe("taken");
});

test("a mark that a killed runner left is not taken for a live process with the same number", async () => {
  const path = join(await temporaryFolder(), "state");
  await (await takeStateFolder(path, userId)).release();
  const mark = { ...(await processMark(process.ppid)), startedAt: "1" };
  await writeFile(join(path, "runner.pid"), JSON.stringify(mark));
  expect(await problemOf(takeStateFolder(path, userId))).toBe("taken");
});
