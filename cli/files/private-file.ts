import { constants } from "node:fs";
import { type FileHandle, link, mkdir, open, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import { randomDigits } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";

const privateFile = 0o600;
const privateFolder = 0o700;
const forOthers = 0o077;

/** A place for a private file that has been found free and writable, before anything irreversible. */
export interface ReservedFile {
  readonly path: string;
  /** Adds to what will be the file's content. */
  append(text: string): Promise<void>;
  /**
   * Puts the file there, whole or not at all, readable by its owner only.
   *
   * @throws {Failure} with the code for an existing file, if one has come up meanwhile.
   */
  commit(): Promise<void>;
  /** Gives the place up. Safe to call after `commit`. */
  release(): Promise<void>;
}

/**
 * Reserves a place for a file that is never overwritten; makes its folder if there is none.
 *
 * @throws {Failure} `existsCode` if there is a file already; `cli.file_unwritable` if none can be made.
 */
export async function reservePrivateFile(
  path: string,
  existsCode: FailureCode,
  random: Random,
): Promise<ReservedFile> {
  const exists = (cause?: unknown): Failure =>
    new Failure(existsCode, `There is a file ${path} already.`, { cause });
  if (await isThere(path)) {
    throw exists();
  }
  const draft = await openDraft(path, random);
  return {
    path,
    append: async (text) => await append(draft.handle, text, path),
    commit: async () => {
      await sync(draft.handle, path);
      try {
        // A link fails if the name is taken; a rename would replace what is there.
        await link(draft.path, path);
      } catch (error) {
        throw hasCode(error, "EEXIST") ? exists(error) : unwritable(path, error);
      }
      await syncFolder(dirname(path));
    },
    release: async () => {
      await draft.handle.close();
      await rm(draft.path, { force: true });
    },
  };
}

/** Writes a private file, in place of one that may be there, whole or not at all. */
export async function replacePrivateFile(
  path: string,
  text: string,
  random: Random,
): Promise<void> {
  const draft = await openDraft(path, random);
  try {
    await append(draft.handle, text, path);
    await sync(draft.handle, path);
    await rename(draft.path, path);
    await syncFolder(dirname(path));
  } catch (error) {
    throw unwritable(path, error);
  } finally {
    await draft.handle.close();
    await rm(draft.path, { force: true });
  }
}

/**
 * Reads a file that others must not read.
 *
 * @throws {Failure} `cli.file_insecure` if others may; `cli.file_unreadable` if it cannot be read.
 */
export async function readPrivateFile(path: string): Promise<string> {
  const handle = await openToRead(path);
  try {
    const { mode } = await handle.stat();
    if ((mode & forOthers) !== 0) {
      throw new Failure(
        "cli.file_insecure",
        `Others may read ${path}, which holds a secret: run \`chmod 600 ${path}\`.`,
      );
    }
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/**
 * Reads a file whole, up to a size.
 *
 * @throws {Failure} `cli.file_unreadable` if it cannot be read; `request.too_large` if it is larger.
 */
export async function readFileUpTo(path: string, bytesMax: number): Promise<Uint8Array> {
  const handle = await openToRead(path);
  try {
    const content = await handle.readFile();
    if (content.length > bytesMax) {
      throw new Failure("request.too_large", `${path} has more than ${bytesMax} bytes.`);
    }
    return content;
  } catch (error) {
    throw error instanceof Failure ? error : unreadable(path, error);
  } finally {
    await handle.close();
  }
}

async function openDraft(
  path: string,
  random: Random,
): Promise<{ readonly path: string; readonly handle: FileHandle }> {
  const draft = `${path}.${randomDigits(8, random)}.draft`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: privateFolder });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
    return { path: draft, handle: await open(draft, flags, privateFile) };
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function append(handle: FileHandle, text: string, path: string): Promise<void> {
  try {
    await handle.appendFile(text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

async function sync(handle: FileHandle, path: string): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Makes a new name last: where a system cannot do it for folders, the file itself still is whole. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function openToRead(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (hasCode(error, "ENOENT")) {
      return false;
    }
    throw unreadable(path, error);
  }
}

function unreadable(path: string, cause: unknown): Failure {
  return new Failure("cli.file_unreadable", `${path} cannot be read.`, { cause });
}

function unwritable(path: string, cause: unknown): Failure {
  return new Failure("cli.file_unwritable", `${path} cannot be written.`, { cause });
}

/** Whether the system gave this reason, such as `ENOENT`. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
