import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  parseCredentialsFile,
  type RunnerCredentialsFile,
} from "@holdfast/protocol/identity/credentials-file.ts";

/** Larger than any credentials file with a chain of certificates. */
const bytesMax = 256 * 1024;

/** A credentials file that was read, and a mark of its content. */
export interface LoadedCredentials {
  readonly credentials: RunnerCredentialsFile;
  /** SHA-256 of the text in lower-case hexadecimal: equal marks mean an unchanged file. */
  readonly mark: string;
}

/** What decides whether a file is private enough. */
interface FileAccess {
  readonly mode: number;
  readonly uid: number;
}

/**
 * Reads a credentials file, after a look at who else may read it. The mode is that of the file that
 * was opened, so that it cannot be another one's.
 *
 * @throws {Failure} `credentials.unreadable` if it cannot be read or others may read it,
 *   `credentials.invalid` if it is not as it was generated.
 */
export async function loadCredentials(path: string, userId: number): Promise<LoadedCredentials> {
  const file = await open(path, "r").catch((cause: unknown) => {
    throw unreadable(`The credentials file ${path} cannot be opened.`, cause);
  });
  try {
    const { mode, uid, size } = await file.stat();
    checkAccess(path, { mode, uid }, userId);
    if (size > bytesMax) {
      throw new Failure("credentials.invalid", `The file ${path} is too large for credentials.`);
    }
    return readCredentials(await readText(file, path));
  } finally {
    await file.close();
  }
}

/** Credentials from their text. @throws {Failure} `credentials.invalid`. */
export function readCredentials(text: string): LoadedCredentials {
  return {
    credentials: parseCredentialsFile(text),
    mark: createHash("sha256").update(text).digest("hex"),
  };
}

async function readText(file: FileHandle, path: string): Promise<string> {
  try {
    return await file.readFile("utf8");
  } catch (cause) {
    throw unreadable(`The credentials file ${path} cannot be read.`, cause);
  }
}

/**
 * A file of our own must be ours alone. One that belongs to another user is how Kubernetes hands a
 * secret to a container that is not root: owner root, readable through the pod's `fsGroup`. There the
 * group may read; it may never write, and the world may do nothing.
 */
function checkAccess(path: string, file: FileAccess, userId: number): void {
  const forbidden = file.uid === userId ? 0o077 : 0o037;
  if ((file.mode & forbidden) === 0) {
    return;
  }
  const mode = (file.mode & 0o777).toString(8).padStart(4, "0");
  const remedy =
    file.uid === userId
      ? `Run \`chmod 600 ${path}\`.`
      : "Mount the secret with `defaultMode: 0440` and give the pod an `fsGroup`.";
  throw unreadable(
    `The credentials file ${path} may be read or changed by others (mode ${mode}). ${remedy}`,
  );
}

function unreadable(message: string, cause?: unknown): Failure {
  return new Failure("credentials.unreadable", message, cause === undefined ? {} : { cause });
}
