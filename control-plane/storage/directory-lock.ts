import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Failure } from "@holdfast/foundation/failure.ts";

/** A directory that is ours alone. */
export interface DirectoryLock {
  /** Gives the directory up. Safe to repeat. */
  release(): Promise<void>;
}

/**
 * Locks a directory for as long as this process lives, since PGlite takes no lock of its own and two
 * writers would lose each other's data in silence. The lock is an exclusive transaction of SQLite in
 * `.lock`: a lock of the operating system, so that it ends with the process, however that ends.
 *
 * @throws {Failure} `store.locked`, naming the process that holds it.
 */
export async function lockDirectory(directory: string, pid: number): Promise<DirectoryLock> {
  const holder = join(directory, ".lock-holder");
  const database = new DatabaseSync(join(directory, ".lock"), { timeout: 0 });
  try {
    database.exec("begin exclusive");
  } catch (cause) {
    database.close();
    throw locked(await describeHolder(holder), cause);
  }
  await writeFile(holder, `${pid}\n`, { mode: 0o600 });
  return {
    release: async () => {
      if (database.isOpen) {
        await rm(holder, { force: true });
        database.close();
      }
    },
  };
}

function locked(holder: string, cause: unknown): Failure {
  return new Failure("store.locked", `The store is in use by ${holder}.`, { cause });
}

/** Who holds the lock writes its number after it has the lock; for a moment it may be missing. */
async function describeHolder(path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch(() => "");
  const pid = /^\d+$/.exec(text.trim())?.[0];
  return pid === undefined ? "another process" : `the process ${pid}`;
}
