import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { readLock, tryLock, unlock, withLock } from "./lock.ts";

let folder = "";
let path = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-lock-"));
  path = join(folder, "work.lock");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** The number of a process that has ended. */
function findDeadPid(): number {
  return spawnSync(process.execPath, ["--eval", ""]).pid;
}

describe("a lock", () => {
  test("one of many gets it", async () => {
    const tries = Array.from({ length: 20 }, async () => await tryLock(path, {}));
    const got = await Promise.all(tries);
    expect(got.filter(Boolean)).toHaveLength(1);
    expect(await tryLock(path, {})).toBe(false);

    await unlock(path);

    expect(await tryLock(path, {})).toBe(true);
  });

  test("a dead owner's lock is taken over by one, who is told what it held", async () => {
    await writeFile(path, JSON.stringify({ pid: findDeadPid(), startedAtTicks: "1", held: "x" }));
    const told: unknown[] = [];
    const tries = Array.from({ length: 20 }, async () => {
      return await tryLock(path, { held: "y" }, (left) => {
        told.push(left.held);
        return Promise.resolve();
      });
    });
    const got = await Promise.all(tries);
    expect(got.filter(Boolean)).toHaveLength(1);
    expect(told).toEqual(["x"]);
    expect(await readLock<{ held: string }>(path)).toMatchObject({ pid: process.pid, held: "y" });
    expect(await readdir(folder)).toEqual(["work.lock"]);
  });

  test("a later process with the dead owner's number is not taken for the owner", async () => {
    await writeFile(path, JSON.stringify({ pid: process.pid, startedAtTicks: "1" }));
    expect(await tryLock(path, {})).toBe(true);
  });

  test("work under a lock is never done by two at once", async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
    };
    const workers = Array.from({ length: 5 }, async () => {
      await withLock(path, () => undefined, work);
    });
    await Promise.all(workers);
    expect(most).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  test("a failure gives the lock back", async () => {
    const work = async (): Promise<never> => await Promise.reject(new Error("no"));
    await expect(withLock(path, () => undefined, work)).rejects.toThrow("no");
    expect(await tryLock(path, {})).toBe(true);
  });
});
