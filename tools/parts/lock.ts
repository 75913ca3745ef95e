import { readFileSync } from "node:fs";
import { link, mkdir, readFile, rm, stat, unlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { PartFailure } from "./part-failure.ts";
import type { Progress } from "./progress.ts";

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in the kernel's ticks since boot; empty where the system does not tell. */
  readonly startedAtTicks: string;
}

const pollMs = 100;
const announceAfterMs = 2_000;
/** Taking over a stale lock lasts microseconds; whoever died within them has left a guard this old. */
const guardAgeMsMax = 10_000;
/** Longer than any build; a lock that is held for longer is somebody's hanging process. */
const waitMsMax = 45 * 60_000;

/** This process or another one, as it is written into lock files. */
function identifyProcess(pid: number = process.pid): ProcessIdentity {
  try {
    // The name of the program, in parentheses, may itself contain spaces and parentheses.
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return { pid, startedAtTicks: fields[19] ?? "" };
  } catch {
    return { pid, startedAtTicks: "" };
  }
}

/** Whether the very process that was identified still runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  return (
    isRunningProcess(identity.pid) &&
    identifyProcess(identity.pid).startedAtTicks === identity.startedAtTicks
  );
}

/** Whether some process has this number now; it may be a later one than the caller thinks of. */
export function isRunningProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/**
 * Takes the lock if nobody alive holds it.
 *
 * guarantee: of any number of processes that try at once, at most one gets true. The file carries the owner's
 * identity and `content`, and appears whole or not at all. A dead owner's lock is taken over after `onTakeOver`
 * got its content.
 */
export async function tryLock<T extends object>(
  path: string,
  content: T,
  onTakeOver: (left: Partial<T>) => Promise<void> = async () => undefined,
): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.${draftNumber++}`;
  await writeFile(draft, JSON.stringify({ ...content, ...identifyProcess() }));
  try {
    if (await linkUnlessThere(draft, path)) {
      return true;
    }
    const owner = await readLock<T>(path);
    if (owner !== undefined && isAlive(owner)) {
      return false;
    }
    return await takeOver(draft, path, onTakeOver);
  } finally {
    await rm(draft, { force: true });
  }
}

let draftNumber = 0;

/** Who holds the lock and what they wrote into it, or undefined if there is none. */
export async function readLock<T extends object>(
  path: string,
): Promise<(ProcessIdentity & Partial<T>) | undefined> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as ProcessIdentity & Partial<T>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/** Lets others have the lock. Only its owner calls this. */
export async function unlock(path: string): Promise<void> {
  await rm(path, { force: true });
}

/**
 * Does `work` while holding the lock, waiting for whoever holds it now.
 *
 * @throws {PartFailure} if somebody holds it for 45 minutes.
 */
export async function withLock<T>(
  path: string,
  progress: Progress,
  work: () => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  let announced = false;
  while (!(await tryLock(path, {}))) {
    const waitedMs = performance.now() - startedAtMs;
    const pid = (await readLock(path))?.pid ?? "unknown";
    if (waitedMs > announceAfterMs && !announced) {
      announced = true;
      progress(`waiting for process ${pid}, which is at the same work (${path})`);
    }
    if (waitedMs > waitMsMax) {
      throw new PartFailure(
        `Process ${pid} has held ${path} for ${Math.round(waitedMs / 60_000)} minutes.`,
        { advice: "look whether that process still works; end it and run this again." },
      );
    }
    await delay(pollMs);
  }
  try {
    return await work();
  } finally {
    await unlock(path);
  }
}

/**
 * Replaces a dead owner's lock. Only one process at a time is in here, so nobody removes the lock that another one
 * has just taken.
 */
async function takeOver<T extends object>(
  draft: string,
  path: string,
  onTakeOver: (left: Partial<T>) => Promise<void>,
): Promise<boolean> {
  const guard = `${path}.taking-over`;
  if (!(await linkUnlessThere(draft, guard))) {
    await removeOldGuard(guard);
    return false;
  }
  try {
    const owner = await readLock<T>(path);
    if (owner !== undefined) {
      if (isAlive(owner)) {
        return false;
      }
      // While the old lock is there, nobody else gets in.
      await onTakeOver(owner);
      await unlink(path);
    }
    return await linkUnlessThere(draft, path);
  } finally {
    await rm(guard, { force: true });
  }
}

async function removeOldGuard(guard: string): Promise<void> {
  const holder = await readLock(guard);
  if (holder === undefined || isAlive(holder)) {
    return;
  }
  const status = await stat(guard).catch(() => undefined);
  if (status !== undefined && Date.now() - status.mtimeMs > guardAgeMsMax) {
    await rm(guard, { force: true });
  }
}

/** A hard link is the one file operation that fails, everywhere and at once, if the name is taken. */
async function linkUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") {
      return false;
    }
    throw error;
  }
}
