import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { lockDirectory } from "./directory-lock.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "holdfast-lock-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

/** Another process that holds the lock until it is killed. */
async function startHolder(): Promise<ChildProcess> {
  const program = `
    const { lockDirectory } = await import(${JSON.stringify(import.meta.resolve("./directory-lock.ts"))});
    const lock = await lockDirectory(process.argv[1], process.pid);
    process.stdout.write("locked");
    process.stdin.on("end", () => lock.release()).resume();
  `;
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, directory], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return child;
}

test("a second process is refused and told the first one's pid, until that one is gone", async () => {
  const holder = await startHolder();
  await expect(lockDirectory(directory, 1)).rejects.toMatchObject({
    code: "store.locked",
    message: `The store is in use by the process ${holder.pid}.`,
  });
  // However it ends, the operating system gives the lock up.
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const lock = await lockDirectory(directory, process.pid);
  await lock.release();
  await lock.release();
});

test("a process that closes gives the lock up and leaves no trace of itself", async () => {
  const holder = await startHolder();
  holder.stdin?.end();
  await once(holder, "exit");
  expect(await readdir(directory)).toEqual([".lock"]);
  const lock = await lockDirectory(directory, 4_711);
  await expect(lockDirectory(directory, 1)).rejects.toMatchObject({
    message: "The store is in use by the process 4711.",
  });
  await lock.release();
});
