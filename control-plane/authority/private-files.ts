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
  return ifThere(() => {
    refuseOpenMode(path, "600");
    return readFileSync(path, "utf8");
  });
}

/**
 * Reads a file that somebody else provides; undefined if there is none. A key is for its owner only, or, if
 * that is another user, for reading by the group: so Kubernetes hands a secret to a container that is not
 * root. A certificate may be read by all. Nobody else may change either.
 *
 * @throws {Failure} `store.insecure_mode` if others may do more.
 */
export function readMountedFile(path: string, content: "key" | "certificate"): string | undefined {
  return ifThere(() => {
    const { mode, uid } = statSync(path);
    const isOwn = uid === process.getuid?.();
    const forbiddenForKeys = isOwn ? groupAndOthers : 0o037;
    const forbidden = content === "certificate" ? 0o022 : forbiddenForKeys;
    if ((mode & forbidden) !== 0) {
      throw insecureMode(path, mode, content === "certificate" ? "644" : "600");
    }
    return readFileSync(path, "utf8");
  });
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

function ifThere(read: () => string): string | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

function refuseOpenMode(path: string, wanted: string): void {
  const { mode } = statSync(path);
  if ((mode & groupAndOthers) !== 0) {
    throw insecureMode(path, mode, wanted);
  }
}

function insecureMode(path: string, mode: number, wanted: string): Failure {
  const found = (mode & 0o777).toString(8).padStart(3, "0");
  return new Failure(
    "store.insecure_mode",
    `Others than the owner may use ${path} (mode ${found}): run \`chmod ${wanted} ${path}\`.`,
  );
}
