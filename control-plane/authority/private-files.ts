import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";

const groupAndOthers = 0o077;

/**
 * Makes a directory that only its owner may use, with its parents; one that exists is left as it is
 * and checked.
 *
 * @throws {Failure} `store.insecure_mode` if others may use it.
 */
export function makePrivateDirectory(path: string): void {
  const made = mkdirSync(path, { recursive: true, mode: 0o700 });
  if (made !== undefined) {
    // The umask of the process may have taken more than it should.
    chmodSync(path, 0o700);
  }
  refuseOpenMode(path, "700");
}

/**
 * Reads a file that only its owner may use; undefined if there is none.
 *
 * @throws {Failure} `store.insecure_mode` if others may use it.
 */
export function readPrivateFile(path: string): string | undefined {
  try {
    refuseOpenMode(path, "600");
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

/**
 * Writes a file that only its owner may use, all of it or none: a killed process leaves the file of
 * before, or the new one.
 */
export function writePrivateFile(path: string, text: string): void {
  const unfinished = `${path}.new`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const file = openSync(unfinished, flags, 0o600);
  try {
    fchmodSync(file, 0o600);
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(unfinished, path);
  // Without it, the rename itself may not survive a power cut.
  const directory = openSync(dirname(path), constants.O_RDONLY);
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

function refuseOpenMode(path: string, wanted: string): void {
  const { mode } = statSync(path);
  if ((mode & groupAndOthers) !== 0) {
    const found = (mode & 0o777).toString(8).padStart(3, "0");
    throw new Failure(
      "store.insecure_mode",
      `Others than the owner may use ${path} (mode ${found}): run \`chmod ${wanted} ${path}\`.`,
    );
  }
}
