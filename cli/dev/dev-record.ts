import { readFile, rename, rm } from "node:fs/promises";
import { Failure } from "@holdfast/foundation/failure.ts";
import { randomDigits } from "@holdfast/foundation/identifier.ts";
import { z } from "zod";
import { hasCode, replacePrivateFile, reservePrivateFile } from "../files/private-file.ts";
import type { World } from "../world.ts";
import type { DevFolder } from "./dev-folder.ts";
import {
  endProcess,
  identifyProcess,
  isRunning,
  killGroup,
  type ProcessIdentity,
} from "./process-identity.ts";

const identitySchema = z.strictObject({ pid: z.int().min(1), startedAt: z.string() });

const recordSchema = z.strictObject({
  ports: z.strictObject({ tunnel: z.int(), api: z.int() }).optional(),
  processes: z.array(identitySchema),
});

/** What one `holdfast dev` leaves for the next: its ports, and the processes that it has started. */
export type DevRecord = z.output<typeof recordSchema>;

const endMsMax = 10_000;
const pollMs = 50;
const takeOversMax = 5;

/** The data, taken for this process alone. */
export interface DevLock {
  /** Whether a dead process had it: the last run was killed. */
  readonly wasStale: boolean;
  release(): Promise<void>;
}

/**
 * Takes the data for this process alone.
 *
 * guarantee: of any number that try at once one gets it; a dead owner's is taken over.
 *
 * @throws {Failure} `store.locked`, naming the process that has it.
 */
export async function lockDevFolder(folder: DevFolder, world: World): Promise<DevLock> {
  const own = JSON.stringify(identifyProcess(process.pid));
  for (let attempt = 0; attempt < takeOversMax; attempt += 1) {
    if (await tryLock(folder.lock, own, world)) {
      const release = async (): Promise<void> => await rm(folder.lock, { force: true });
      return { wasStale: attempt > 0, release };
    }
    const owner = await readJson(folder.lock, identitySchema);
    if (owner !== undefined && isRunning(owner)) {
      throw new Failure(
        "store.locked",
        `Another \`holdfast dev\` (process ${owner.pid}) uses ${folder.root}.`,
      );
    }
    await moveAside(folder.lock, owner, world);
  }
  throw new Failure("store.locked", `Several \`holdfast dev\` start in ${folder.root} at once.`);
}

async function tryLock(path: string, content: string, { random }: World): Promise<boolean> {
  try {
    const file = await reservePrivateFile(path, "store.locked", random);
    try {
      await file.append(content);
      await file.commit();
    } finally {
      await file.release();
    }
    return true;
  } catch (error) {
    if (error instanceof Failure && error.code === "store.locked") {
      return false;
    }
    throw error;
  }
}

/** Removes a dead owner's lock. What was moved is looked at again: it may be one that was just taken. */
async function moveAside(
  path: string,
  dead: ProcessIdentity | undefined,
  { random }: World,
): Promise<void> {
  const aside = `${path}.${randomDigits(8, random)}.stale`;
  try {
    await rename(path, aside);
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      return;
    }
    throw error;
  }
  const moved = await readJson(aside, identitySchema);
  if (moved !== undefined && moved.pid !== dead?.pid && isRunning(moved)) {
    await rename(aside, path);
    return;
  }
  await rm(aside, { force: true });
}

/** What an earlier `holdfast dev` has left; nothing if it left nothing that can be read. */
export async function readRecord(folder: DevFolder): Promise<DevRecord> {
  return (await readJson(folder.record, recordSchema)) ?? { processes: [] };
}

/** Leaves a record for the next. */
export async function writeRecord(
  folder: DevFolder,
  record: DevRecord,
  { random }: World,
): Promise<void> {
  await replacePrivateFile(folder.record, `${JSON.stringify(record, null, 2)}\n`, random);
}

/**
 * Ends what a killed `holdfast dev` has left running: only processes that are the very ones it has
 * started. They end by themselves when they notice; this waits for it.
 *
 * @returns how many there were.
 */
export async function endLeftovers(record: DevRecord, { clock }: World): Promise<number> {
  const left = record.processes.filter(isRunning);
  for (const identity of left) {
    endProcess(identity);
  }
  const startedAtMs = clock.monotonicMs();
  const never = new AbortController().signal;
  while (left.some(isRunning) && clock.monotonicMs() - startedAtMs < endMsMax) {
    await clock.wait(pollMs, never);
  }
  for (const identity of left) {
    killGroup(identity);
  }
  return left.length;
}

async function readJson<Value>(path: string, schema: z.ZodType<Value>): Promise<Value | undefined> {
  try {
    return schema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    // Half-written by another hand, or not there: either way there is nothing to go on with.
    return undefined;
  }
}
