import { chmod, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { killSession, send } from "../../children/child-sessions.ts";
import { isSameProcess, type ProcessMark } from "../../state/process-mark.ts";

/** How long a child of a runner that was killed may take to end in order, in milliseconds. */
const leftoverMsMax = 20_000;
const lookEveryMs = 100;

/** The folder of one operation: all of it goes when the operation ends. */
export interface PrivateFolder {
  /** Where the program is put. */
  readonly source: string;
  /** `HOME` of the children. */
  readonly home: string;
  /** `TMPDIR` of the children. */
  readonly temporary: string;
  /** For files that are ours. */
  readonly own: string;
  /** Notes the child that works in it, for the runner that finds the folder after a crash. */
  noteChild(mark: ProcessMark): Promise<void>;
  remove(): Promise<void>;
}

/** Makes the folder of an operation, with mode 0700. */
export async function makePrivateFolder(
  stateFolder: string,
  operationId: string,
): Promise<PrivateFolder> {
  const folder = join(operationsFolder(stateFolder), operationId);
  const parts = {
    source: join(folder, "source"),
    home: join(folder, "home"),
    temporary: join(folder, "tmp"),
    own: join(folder, "own"),
  };
  await mkdir(operationsFolder(stateFolder), { recursive: true, mode: 0o700 });
  await mkdir(folder, { mode: 0o700 });
  await Promise.all(Object.values(parts).map(async (part) => await mkdir(part, { mode: 0o700 })));
  return {
    ...parts,
    noteChild: async (mark) => await writeFile(childFile(folder), JSON.stringify(mark)),
    remove: async () => await removeTree(folder),
  };
}

/**
 * Removes what operations of an earlier runner have left, after it has ended those of their children
 * that still run: by an interrupt first, so that they give back their locks.
 */
export async function sweepPrivateFolders(
  stateFolder: string,
  clock: Clock,
  log: Log,
): Promise<void> {
  const root = operationsFolder(stateFolder);
  const names = await readdir(root).catch(() => []);
  await Promise.all(
    names.map(async (name) => {
      log.warn("folder of an interrupted operation removed", { operationId: name });
      await endChild(join(root, name), clock);
      await removeTree(join(root, name));
    }),
  );
}

function operationsFolder(stateFolder: string): string {
  return join(stateFolder, "operations");
}

function childFile(folder: string): string {
  return join(folder, "own", "child.json");
}

async function endChild(folder: string, clock: Clock): Promise<void> {
  const mark = await readChild(folder);
  if (mark === undefined || !(await isSameProcess(mark))) {
    return;
  }
  send(mark.pid, "SIGINT");
  const untilMs = clock.monotonicMs() + leftoverMsMax;
  while (clock.monotonicMs() < untilMs && (await isSameProcess(mark))) {
    await clock.wait(lookEveryMs, new AbortController().signal);
  }
  await killSession(mark.pid);
}

async function readChild(folder: string): Promise<ProcessMark | undefined> {
  try {
    // Written by us into a folder that is ours alone.
    return JSON.parse(await readFile(childFile(folder), "utf8")) as ProcessMark;
  } catch {
    return undefined;
  }
}

/** Removes a tree, also one whose folders its makers have made read-only. */
async function removeTree(folder: string): Promise<void> {
  try {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    await makeWritable(folder);
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) {
      await makeWritable(join(folder, entry.name));
    }
  }
}
