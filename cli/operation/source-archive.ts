import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createGzip } from "node:zlib";
import { Failure } from "@holdfast/foundation/failure.ts";
import { type Pack, pack } from "tar-stream";
import { hasCode } from "../files/private-file.ts";
import { listSourceFiles, type SourceFile } from "./source-files.ts";

/** What the runner takes at most (operations_pulumi.proto), in bytes. */
const archiveBytesMax: number = 16 * 1024 * 1024;

/**
 * Packs a program's folder for the runner: a gzipped tar file.
 *
 * guarantee: the same files give the same bytes, whenever, wherever and by whom they are packed.
 *
 * @throws {Failure} `pulumi.source_invalid` if the folder is no program or is larger than 16 MiB when packed.
 */
export async function makeSourceArchive(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const files = await listSourceFiles(folder);
  const archive = pack();
  const filling = fill(archive, folder, files).catch((error: unknown) => {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  const zipped = archive.pipe(createGzip({ level: 6 }));
  archive.on("error", (error) => zipped.destroy(error));
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of zipped) {
    // zlib gives buffers.
    const bytes = chunk as Buffer;
    chunks.push(bytes);
    length += bytes.length;
    if (length > archiveBytesMax) {
      throw tooLarge(folder);
    }
  }
  await filling;
  return new Uint8Array(Buffer.concat(chunks));
}

async function fill(archive: Pack, folder: string, files: readonly SourceFile[]): Promise<void> {
  for (const file of files) {
    await add(archive, folder, file);
  }
  archive.finalize();
}

async function add(archive: Pack, folder: string, file: SourceFile): Promise<void> {
  const common = { name: file.path, mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" };
  if (file.linkTarget !== undefined) {
    archive.entry({ ...common, type: "symlink", linkname: file.linkTarget, mode: 0o777 });
    return;
  }
  const content = await read(join(folder, file.path));
  const mode = file.isExecutable ? 0o755 : 0o644;
  await new Promise<void>((resolve, reject) => {
    archive.entry({ ...common, type: "file", mode }, content, (error) => {
      if (error === null || error === undefined) {
        resolve();
      } else {
        reject(error);
      }
    });
  });
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (hasCode(cause, "ENOENT")) {
      throw new Failure("pulumi.source_invalid", `${path} went away while it was packed.`, {
        cause,
      });
    }
    throw new Failure("cli.file_unreadable", `${path} cannot be read.`, { cause });
  }
}

function tooLarge(folder: string): Failure {
  return new Failure(
    "pulumi.source_invalid",
    `The program in ${folder} is larger than 16 MiB when packed: leave out what it does not need with a .holdfastignore, or use --git.`,
  );
}
