import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { isSameProcess, type ProcessMark, processMark } from "./process-mark.ts";

/** The private folder of a running runner. */
export interface StateFolder {
  readonly path: string;
  /** Lets another runner have the folder. */
  release(): Promise<void>;
}

/**
 * Makes the folder of the runner's state, or takes the one that is there, for this process alone.
 *
 * guarantee: mode 0700 and ours; no other live runner of this machine uses it. A runner that was killed
 *   leaves its mark behind, which is seen to be a dead one's.
 *
 * @throws {Failure} `settings.invalid` if it cannot be made, is not private, or another runner uses it.
 */
export async function takeStateFolder(path: string, userId: number): Promise<StateFolder> {
  await makePrivate(path, userId);
  const owner = join(path, "runner.pid");
  const mark = await processMark(process.pid);
  const other = await readMark(owner);
  if (other !== undefined && other.pid !== mark.pid && (await isSameProcess(other))) {
    throw invalid(
      `The state folder ${path} is used by the runner with process id ${other.pid}. Stop it, or set HOLDFAST_STATE_DIR to another folder.`,
    );
  }
  await writeFile(owner, JSON.stringify(mark), { mode: 0o600 });
  return { path, release: async () => await rm(owner, { force: true }) };
}

async function makePrivate(path: string, userId: number): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw invalid(`The state folder ${path} cannot be made.`, cause);
  }
  const { mode, uid } = await stat(path);
  if (uid !== userId || (mode & 0o077) !== 0) {
    throw invalid(
      `The state folder ${path} is not this user's alone (owner ${uid}, mode ${(mode & 0o777).toString(8)}). Name one that does not exist yet, inside a folder that may be written, or run \`chmod 700 ${path}\`.`,
    );
  }
}

async function readMark(path: string): Promise<ProcessMark | undefined> {
  try {
    const mark: unknown = JSON.parse(await readFile(path, "utf8"));
    return isMark(mark) ? mark : undefined;
  } catch {
    // Absent, or cut short by a crash: no runner to respect.
    return undefined;
  }
}

function isMark(value: unknown): value is ProcessMark {
  return (
    typeof value === "object" &&
    value !== null &&
    "pid" in value &&
    typeof value.pid === "number" &&
    "startedAt" in value &&
    typeof value.startedAt === "string"
  );
}

function invalid(problem: string, cause?: unknown): Failure {
  return new Failure("settings.invalid", "The settings of the runner are wrong.", {
    ...(cause === undefined ? {} : { cause }),
    fields: [{ field: "HOLDFAST_STATE_DIR", problem }],
  });
}
