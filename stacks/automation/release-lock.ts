import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { z } from "zod";
import { isPulumiProcess } from "./is-pulumi-process.ts";

/** An engine that is told to end may still be writing its state. */
const patienceMs = 30_000;
const pollMs = 250;

/** What a lock file of Pulumi's file backend says. */
const lockSchema = z.object({ pid: z.int().positive() });

/** What releasing a lock takes. */
export interface ReleaseOptions {
  readonly stack: { cancel(): Promise<void> };
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Releases the lock that a killed update has left. A lock whose process lives is waited for, and never
 * taken away from it.
 *
 * @returns whether there was one to release.
 * @throws {Failure} `pulumi.stack_locked` if its process goes on living.
 */
export async function releaseLock(backend: string, options: ReleaseOptions): Promise<boolean> {
  const { stack, clock, signal } = options;
  const locks = join(backend, ".pulumi", "locks");
  const untilMs = clock.monotonicMs() + patienceMs;
  let pids = await holders(locks);
  while (pids.some(isPulumiProcess)) {
    if (clock.monotonicMs() > untilMs) {
      throw new Failure(
        "pulumi.stack_locked",
        `Another update of the stack runs, as process ${pids.join(", ")}.`,
      );
    }
    await clock.wait(pollMs, signal);
    pids = await holders(locks);
  }
  if (pids.length === 0) {
    return false;
  }
  await stack.cancel();
  return true;
}

async function holders(folder: string): Promise<readonly number[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      if (isMissing(error)) {
        return [];
      }
      throw error;
    },
  );
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith(".json"));
  const pids = await Promise.all(
    files.map(({ parentPath, name }) => holder(join(parentPath, name))),
  );
  return pids.flatMap((pid) => (pid === undefined ? [] : [pid]));
}

/** Undefined for a lock that is gone by now. One that is cut short has no process any more: 0. */
async function holder(path: string): Promise<number | undefined> {
  try {
    const read = lockSchema.safeParse(JSON.parse(await readFile(path, "utf8")));
    return read.success ? read.data.pid : 0;
  } catch (error) {
    return isMissing(error) ? undefined : 0;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
