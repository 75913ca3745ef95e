import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { pipeline } from "node:stream/promises";

/** A hash of names, modes and contents of all that is in the folders and files. */
export async function contentHash(...roots: readonly string[]): Promise<string> {
  const hash = createHash("sha256");
  for (const root of roots) {
    for (const path of (await filesOf(root)).sort()) {
      hash.update(`${relative(root, path)}\0${await describe(path)}\0`);
    }
  }
  return hash.digest("hex").slice(0, 20);
}

async function filesOf(root: string): Promise<string[]> {
  if (!(await lstat(root)).isDirectory()) {
    return [root];
  }
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name));
}

async function describe(path: string): Promise<string> {
  const status = await lstat(path);
  if (status.isSymbolicLink()) {
    return `link ${await readlink(path)}`;
  }
  const hash = createHash("sha256");
  await pipeline(createReadStream(path), hash);
  return `${status.mode.toString(8)} ${hash.digest("hex")}`;
}
