import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Reads one setting of the machine (`PATH`, `XDG_CACHE_HOME`, `HOLDFAST_PARTS_OFFICIAL`).
 *
 * guarantee: an empty value counts as not set.
 */
export function readEnvironment(name: string): string | undefined {
  const value = process.env[name];
  return value === undefined || value === "" ? undefined : value;
}

/** The environment for a program that we start: the caller's own, with `additions` on top. */
export function environmentWith(additions: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  return { ...process.env, ...additions };
}

/** Folder that keeps finished parts between runs, one subfolder for each part and version. */
export function partsFolder(): string {
  return join(readEnvironment("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "holdfast", "parts");
}

/** Whether this process may install packages, make network devices and start a whole cluster. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}
