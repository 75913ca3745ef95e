import { readFile } from "node:fs/promises";

/** One process, told apart from a later one with the same number. */
export interface ProcessMark {
  readonly pid: number;
  /** Ticks since the machine's start, as /proc says (proc(5), `stat`, field 22); empty without /proc. */
  readonly startedAt: string;
}

/** Reads what tells a live process apart. */
export async function processMark(pid: number): Promise<ProcessMark> {
  return { pid, startedAt: (await statFields(pid))?.[19] ?? "" };
}

/** Whether the process that `mark` was made of still lives. */
export async function isSameProcess(mark: ProcessMark): Promise<boolean> {
  if (!isAlive(mark.pid)) {
    return false;
  }
  return mark.startedAt === (await processMark(mark.pid)).startedAt;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and belongs to another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/**
 * The fields of `/proc/<pid>/stat` from the third on (proc(5)); undefined if there is no such process.
 * The second one, the program's name, may hold spaces and parentheses, so that counting starts after it.
 */
export async function statFields(pid: number): Promise<readonly string[] | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}
