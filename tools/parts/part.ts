import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { partsFolder, readEnvironment } from "./environment.ts";
import { withLock } from "./lock.ts";
import { describeError, PartFailure } from "./part-failure.ts";
import { announceIfSlow, type Progress } from "./progress.ts";
import { isExecutable } from "./run.ts";

export type { Progress } from "./progress.ts";

/** How one part is brought. Folders are absolute paths; every step fills the folder it is given. */
export interface PartRecipe {
  /** Name and version, as in the folder's name: `pulumi-cli`, `3.274.1`. */
  readonly name: string;
  readonly version: string;
  /** The programs of the part, relative to its folder. The part is there when all of them are. */
  readonly programs: readonly string[];
  /** The folder of an installation of this very version on this machine, or undefined. */
  readonly findInstalled?: () => Promise<string | undefined>;
  /** Brings the vendor's own build. Absent where there is none for this machine. */
  readonly download?: (folder: string) => Promise<void>;
  /** Makes the part from what the package registries have. */
  readonly build: (folder: string, progress: Progress) => Promise<void>;
  /** Asks the programs themselves for their version; throws if it is another one. */
  readonly verify: (folder: string) => Promise<void>;
}

/**
 * The folder of a part: what is already there in the right version, else the vendor's download, else a build.
 *
 * guarantee: what is returned was verified by its version. Runs at the same time wait for each other, and a run that
 * is interrupted leaves nothing that a later one would take for the part.
 *
 * @throws {PartFailure} saying what to do, if no way leads to the part.
 */
export async function providePart(recipe: PartRecipe, progress: Progress): Promise<string> {
  const folder = join(partsFolder(), `${recipe.name}-${recipe.version}`);
  if (await hasPrograms(folder, recipe.programs)) {
    return folder;
  }
  const installed = await recipe.findInstalled?.();
  if (installed !== undefined) {
    return installed;
  }
  await mkdir(partsFolder(), { recursive: true });
  return await withLock(`${folder}.lock`, progress, async () => {
    if (!(await hasPrograms(folder, recipe.programs))) {
      await bring(recipe, folder, progress);
    }
    return folder;
  });
}

async function bring(recipe: PartRecipe, folder: string, progress: Progress): Promise<void> {
  await removePartials(folder);
  const partial = `${folder}.partial-${process.pid}`;
  try {
    const noDownload = await tryDownload(recipe, partial, progress);
    if (noDownload !== undefined) {
      await build(recipe, partial, progress, noDownload);
    }
    await requirePrograms(recipe, partial);
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/**
 * Brings the vendor's build and returns undefined, or returns why it was not to be had. Any trouble with it is a
 * reason to build, not to fail.
 */
async function tryDownload(
  recipe: PartRecipe,
  partial: string,
  progress: Progress,
): Promise<string | undefined> {
  const { download } = recipe;
  if (download === undefined) {
    return "there is no download for this machine";
  }
  if (readEnvironment("HOLDFAST_PARTS_OFFICIAL") === "never") {
    return "HOLDFAST_PARTS_OFFICIAL=never";
  }
  await startAfresh(partial);
  try {
    await announceIfSlow(progress, `downloading ${recipe.name} ${recipe.version}`, async () => {
      await download(partial);
      await recipe.verify(partial);
    });
    return undefined;
  } catch (error) {
    return error instanceof PartFailure ? error.happened : describeError(error);
  }
}

async function build(
  recipe: PartRecipe,
  partial: string,
  progress: Progress,
  noDownload: string,
): Promise<void> {
  await startAfresh(partial);
  try {
    await announceIfSlow(progress, `building ${recipe.name} ${recipe.version}`, async () => {
      await recipe.build(partial, progress);
    });
    await recipe.verify(partial);
  } catch (error) {
    throw explainNeither(recipe, noDownload, error);
  }
}

function explainNeither(recipe: PartRecipe, noDownload: string, error: unknown): PartFailure {
  const name = `${recipe.name} ${recipe.version}`;
  const known = error instanceof PartFailure ? error : undefined;
  return new PartFailure(
    `${name} was not to be downloaded (${noDownload}), and then not to be built.\n${known?.happened ?? describeError(error)}`,
    {
      advice: `${known?.advice ?? "read the lines above."} Or install ${name} yourself, so that it is found on PATH.`,
      cause: error,
    },
  );
}

async function startAfresh(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
}

/** What interrupted runs left. We hold the lock, so nobody is at work in there. */
async function removePartials(folder: string): Promise<void> {
  const prefix = `${folder.slice(partsFolder().length + 1)}.partial-`;
  for (const name of await readdir(partsFolder())) {
    if (name.startsWith(prefix)) {
      await rm(join(partsFolder(), name), { recursive: true, force: true });
    }
  }
}

async function hasPrograms(folder: string, programs: readonly string[]): Promise<boolean> {
  const found = await Promise.all(programs.map((program) => isExecutable(join(folder, program))));
  return found.every(Boolean);
}

async function requirePrograms(recipe: PartRecipe, folder: string): Promise<void> {
  if (!(await hasPrograms(folder, recipe.programs))) {
    throw new PartFailure(
      `${recipe.name} ${recipe.version} was brought without all of ${recipe.programs.join(", ")}.`,
      { advice: "report this: the recipe in tools/parts and what it brings no longer agree." },
    );
  }
}
