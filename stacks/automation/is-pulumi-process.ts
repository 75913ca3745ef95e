import { readFileSync } from "node:fs";

/**
 * Whether a process lives and is the Pulumi CLI. Process ids come again after a restart of the machine, so
 * where the system tells names, the name is looked at too.
 */
export function isPulumiProcess(pid: number): boolean {
  return pid > 0 && lives(pid) && nameOf(pid).startsWith("pulumi");
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another person lives, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Where there is no /proc, the process that lives is taken to be the one. */
function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8");
  } catch {
    return "pulumi";
  }
}
