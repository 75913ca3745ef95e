import { stat } from "node:fs/promises";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { type LoadedCredentials, loadCredentials } from "./load-credentials.ts";

/** How often the file is looked at, in milliseconds. A look costs one `stat`. */
export const lookEveryMs = 1_000;

/** What became of the credentials file. */
export type CredentialsChange =
  | { readonly kind: "changed"; readonly loaded: LoadedCredentials }
  | { readonly kind: "unusable"; readonly failure: Failure };

/** What to watch, and with what. */
export interface WatchOptions {
  readonly path: string;
  readonly userId: number;
  readonly clock: Clock;
  /** Mark of the credentials that are in use. */
  readonly mark: string;
}

/**
 * Tells of each change of the credentials file, for as long as `signal` has not aborted.
 *
 * It looks at the path instead of asking the kernel to be told: Kubernetes exchanges a secret by
 * swapping a symbolic link two folders up, which no watch on the file itself sees.
 */
export async function* watchCredentials(
  options: WatchOptions,
  signal: AbortSignal,
): AsyncGenerator<CredentialsChange, void, undefined> {
  let stamp = await stampOf(options.path);
  let { mark } = options;
  while (await waits(options.clock, signal)) {
    const seen = await stampOf(options.path);
    if (seen === stamp) {
      continue;
    }
    stamp = seen;
    const change = await look(options);
    if (change.kind === "unusable") {
      yield change;
    } else if (change.loaded.mark !== mark) {
      ({ mark } = change.loaded);
      yield change;
    }
  }
}

/** False once `signal` has aborted. */
async function waits(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.wait(lookEveryMs, signal);
    return true;
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}

async function look(options: WatchOptions): Promise<CredentialsChange> {
  try {
    return { kind: "changed", loaded: await loadCredentials(options.path, options.userId) };
  } catch (error) {
    if (error instanceof Failure) {
      return { kind: "unusable", failure: error };
    }
    throw error;
  }
}

/** What differs when a file was written, replaced, or its link swapped. */
async function stampOf(path: string): Promise<string> {
  try {
    const { dev, ino, mtimeNs, ctimeNs, size } = await stat(path, { bigint: true });
    return [dev, ino, mtimeNs, ctimeNs, size].join(":");
  } catch {
    // Absent for a moment while it is replaced, or for good: either way the next look tells.
    return "absent";
  }
}
