import { mkdir, open, readlink, realpath, symlink } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Failure } from "@holdfast/foundation/failure.ts";
import { type Extract, extract, type Header } from "tar-stream";

/** Bounds of an archive (operations_pulumi.proto). */
export const archiveBytesMax = 16 * 1024 * 1024;
const unpackedBytesMax = 256 * 1024 * 1024;
const entriesMax = 20_000;
const pathLengthMax = 1_024;

/** A link to make once every file is there, so that nothing is written through one. */
interface Link {
  readonly path: string;
  readonly target: string;
}

/**
 * Unpacks a gzipped tar file into `folder`, which must be empty and ours.
 *
 * guarantee: nothing is written or can be read through a link outside of `folder`. Only files, folders
 * and symbolic links that stay inside are taken; modes are ours, but for the right to execute.
 *
 * @throws {Failure} `pulumi.source_invalid`, naming the entry.
 */
export async function unpackArchive(
  archive: Uint8Array,
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  const unpack = extract();
  const links: Link[] = [];
  const filled = fill(archive, unpack, signal);
  // The loop below sees the same error; this promise is awaited after it.
  filled.catch(() => undefined);
  try {
    let entries = 0;
    for await (const entry of unpack) {
      entries += 1;
      if (entries > entriesMax) {
        throw invalid(`has more than ${entriesMax} entries`);
      }
      await takeEntry(entry, entry.header, folder, links);
      entry.resume();
    }
    await filled;
    await makeLinks(links, folder);
  } catch (error) {
    throw error instanceof Failure || signal.aborted ? error : unreadable(error);
  }
}

/** Decompresses the archive into `unpack`, no faster than entries are taken, and within its bound. */
async function fill(archive: Uint8Array, unpack: Extract, signal: AbortSignal): Promise<void> {
  let bytes = 0;
  try {
    for await (const chunk of Readable.from([archive]).pipe(createGunzip())) {
      signal.throwIfAborted();
      if (unpack.destroying || unpack.destroyed) {
        return;
      }
      bytes += (chunk as Uint8Array).byteLength;
      if (bytes > unpackedBytesMax) {
        throw invalid(`has more than ${unpackedBytesMax} bytes when unpacked`);
      }
      if (!unpack.write(chunk)) {
        await drained(unpack);
      }
    }
    unpack.end(undefined);
  } catch (error) {
    unpack.destroy(error instanceof Error ? error : unreadable(error));
    throw error;
  }
}

async function drained(unpack: Extract): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const wake = (): void => resolve();
  unpack.once("drain", wake);
  // Given up by its reader: the next turn sees that.
  unpack.once("close", wake);
  await promise;
  unpack.off("close", wake);
}

async function takeEntry(
  content: AsyncIterable<unknown>,
  header: Header,
  folder: string,
  links: Link[],
): Promise<void> {
  const path = placeOf(header.name, folder);
  switch (header.type) {
    case "directory":
      await makeFolder(path, folder);
      return;
    case "file":
    case "contiguous-file":
      await makeFolder(dirname(path), folder);
      await writeNewFile(content, path, header);
      return;
    case "symlink":
      links.push({ path, target: header.linkname });
      return;
    case "link":
    case "block-device":
    case "character-device":
    case "fifo":
      throw invalid(
        `has the entry ${header.name} of the kind ${header.type}: only files, folders and symbolic links are taken`,
      );
    default:
      throw invalid(`has the entry ${header.name} of an unknown kind`);
  }
}

/** Where an entry goes; its name must be relative and stay inside, as it is written. */
function placeOf(name: string, folder: string): string {
  const parts = name.split("/");
  if (
    name.startsWith("/") ||
    parts.includes("..") ||
    name.includes("\0") ||
    name.includes("\\") ||
    name.length > pathLengthMax
  ) {
    throw invalid(`has the entry ${JSON.stringify(name.slice(0, 200))}, which leads outside`);
  }
  return join(folder, ...parts);
}

/** Makes folders; one of them being a file is an archive that contradicts itself. */
async function makeFolder(path: string, folder: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw contradiction(path, folder, cause);
  });
}

async function writeNewFile(
  content: AsyncIterable<unknown>,
  path: string,
  header: Header,
): Promise<void> {
  // `wx` fails for anything that is there, a link included; bit 6 is the owner's right to execute.
  const file = await open(path, "wx", (header.mode & 0o100) === 0 ? 0o600 : 0o700);
  try {
    for await (const chunk of content) {
      await file.writeFile(chunk as Uint8Array);
    }
  } finally {
    await file.close();
  }
}

async function makeLinks(links: readonly Link[], folder: string): Promise<void> {
  for (const { path, target } of links) {
    const reached = resolve(dirname(path), target);
    if (target === "" || target.startsWith("/") || !isInside(reached, folder)) {
      throw linkOutside(path, folder);
    }
    await makeFolder(dirname(path), folder);
    await symlink(target, path).catch((cause: unknown) => {
      throw contradiction(path, folder, cause);
    });
  }
  await checkLinks(
    links.map(({ path }) => path),
    folder,
  );
}

/** Where links really lead once all of them are there: through one another they may lead elsewhere. */
async function checkLinks(paths: readonly string[], folder: string): Promise<void> {
  const root = await realpath(folder);
  for (const path of paths) {
    const reached = await realpath(path).catch(() => undefined);
    if (reached === undefined || !isInside(reached, root)) {
      throw linkOutside(path, folder);
    }
  }
}

/**
 * Refuses links that lead outside of `folder`; for sources that were not unpacked by us.
 *
 * @throws {Failure} `pulumi.source_invalid`, naming the link.
 */
export async function checkTreeLinks(links: readonly string[], folder: string): Promise<void> {
  for (const path of links) {
    if ((await readlink(path)).startsWith("/")) {
      throw linkOutside(path, folder);
    }
  }
  await checkLinks(links, folder);
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function linkOutside(path: string, folder: string): Failure {
  return invalid(`has the link ${relative(folder, path)}, which leads outside or nowhere`);
}

function contradiction(path: string, folder: string, cause: unknown): Failure {
  const name = relative(folder, path);
  return new Failure(
    "pulumi.source_invalid",
    `The source has ${name} twice, as different things.`,
    {
      cause,
    },
  );
}

function unreadable(cause: unknown): Failure {
  return new Failure(
    "pulumi.source_invalid",
    "The source is not a gzipped tar file, or has an entry twice.",
    { cause },
  );
}

function invalid(problem: string): Failure {
  return new Failure("pulumi.source_invalid", `The source ${problem}.`);
}
