import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../parts/part.ts";
import { providePulumiCli } from "../parts/pulumi-cli.ts";
import { providePulumiNodejs } from "../parts/pulumi-nodejs.ts";
import { providePulumiYaml } from "../parts/pulumi-yaml.ts";
import { bundle } from "./bundle.ts";
import { gitPrograms } from "./stage-git.ts";

const root = join(import.meta.dirname, "..", "..");

/**
 * A hash of all that the images are made of: the bundles, by their content; packages, by the lock file;
 * programs that are too large to read each time, by path, size and time.
 */
export async function sourcesHash(progress: Progress): Promise<string> {
  const hash = createHash("sha256");
  const scratch = await mkdtemp(join(tmpdir(), "holdfast-bundle-"));
  try {
    await Promise.all([
      bundle("runner/main.ts", join(scratch, "runner")),
      bundle("tools/language-host/main.ts", join(scratch, "language-host")),
    ]);
    for (const path of [
      ...(await filesOf(scratch)),
      ...(await filesOf(import.meta.dirname)),
      join(root, "Dockerfile"),
      join(root, "package-lock.json"),
    ]) {
      hash.update(`${path.replace(scratch, "")}\0`).update(await readFile(path));
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
  for (const program of [
    process.execPath,
    join((await providePulumiCli(progress)).root, "bin", "pulumi"),
    (await providePulumiYaml(progress)).binary,
    (await providePulumiNodejs(progress)).binary,
    ...(await gitPrograms()),
  ]) {
    const { size, mtimeMs } = await stat(program);
    hash.update(`${program}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest("hex").slice(0, 20);
}

async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
