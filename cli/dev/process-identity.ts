import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { kill } from "node:process";

/** A process, told apart from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as the system writes it; empty if it does not tell. */
  readonly startedAt: string;
}

/** The identity of a running process; its start is empty if there is none. */
export function identifyProcess(pid: number): ProcessIdentity {
  return { pid, startedAt: startOf(pid) };
}

/** Whether the very process that was identified still runs; one that cannot be told apart does not count. */
export function isRunning({ pid, startedAt }: ProcessIdentity): boolean {
  return startedAt !== "" && startOf(pid) === startedAt;
}

/** Asks the process to end, if it is still the same one. */
export function endProcess(identity: ProcessIdentity): void {
  send(identity, identity.pid, "SIGTERM");
}

/** Ends the process with all of its group, if it is still the same one; it leads a group of its own. */
export function killGroup(identity: ProcessIdentity): void {
  send(identity, -identity.pid, "SIGKILL");
}

function send(identity: ProcessIdentity, target: number, signal: NodeJS.Signals): void {
  if (isRunning(identity)) {
    try {
      kill(target, signal);
    } catch {
      // It ended in between, which is what was wanted.
    }
  }
}

function startOf(pid: number): string {
  try {
    // proc(5): the name of the program stands in parentheses and may itself have some. Field 3 is the
    // state, 22 the start in ticks since boot. A zombie has ended.
    const [state, ...fields] = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return state === "Z" ? "" : (fields[18] ?? "");
  } catch {
    return process.platform === "linux" ? "" : startByPs(pid);
  }
}

function startByPs(pid: number): string {
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
  } catch {
    return "";
  }
}
