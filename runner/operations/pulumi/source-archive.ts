import { createWriteStream } from "node:fs";
import { lstat, mkdir, readlink, realpath, symlink } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Failure } from "@holdfast/foundation/failure.ts";
import { extract, type Headers } from "tar-stream";

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
  const filling = pipeline(
    Readable.from([archive]),
    createGunzip(),
    limitBytes(unpackedBytesMax),
    unpack,
    { signal },
  );
  // The loop below sees the same error; this promise is awaited after it.
  filling.catch(() => undefined);
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
    await filling;
    await makeLinks(links, folder);
  } catch (error) {
    throw error instanceof Failure || signal.aborted ? error : unreadable(error);
  }
}

async function takeEntry(
  content: Readable,
  header: Headers,
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
      links.push({ path, target: header.linkname ?? "" });
      return;
    default:
      throw invalid(
        `has the entry ${header.name} of the kind ${header.type ?? "unknown"}: only files, folders and symbolic links are taken`,
      );
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

async function writeNewFile(content: Readable, path: string, header: Headers): Promise<void> {
  // `wx` fails for anything that is there, a link included; bit 6 is the owner's right to execute.
  const mode = ((header.mode ?? 0) & 0o100) === 0 ? 0o600 : 0o700;
  await pipeline(content, createWriteStream(path, { flags: "wx", mode }));
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
 * Refuses a tree with links that lead outside; for sources that were not unpacked by us.
 *
 * @throws {Failure} `pulumi.source_invalid`, naming the link.
 */
export async function checkTreeLinks(paths: readonly string[], folder: string): Promise<void> {
  const links: string[] = [];
  for (const path of paths) {
    if ((await lstat(path)).isSymbolicLink()) {
      const target = await readlink(path);
      if (target.startsWith("/")) {
        throw linkOutside(path, folder);
      }
      links.push(path);
    }
  }
  await checkLinks(links, folder);
}

function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

/** Counts what comes out of the decompression: a small archive can be very large inside. */
function limitBytes(bytesMax: number): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) {
        done(invalid(`has more than ${bytesMax} bytes when unpacked`));
      } else {
        done(null, chunk);
      }
    },
  });
}

function linkOutside(path: string, folder: string): Failure {
  return invalid(`has the link ${relative(folder, path)}, which leads outside or nowhere`);
}

function contradiction(path: string, folder: string, cause: unknown): Failure {
  const name = relative(folder, path);
  return new Failure("pulumi.source_invalid", `The source has ${name} twice, as different things.`, {
    cause,
  });
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
