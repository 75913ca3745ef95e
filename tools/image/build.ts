import { mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { partsFolder } from "../parts/environment.ts";
import { withLock } from "../parts/lock.ts";
import type { Progress } from "../parts/part.ts";
import { PartFailure } from "../parts/part-failure.ts";
import { announceIfSlow } from "../parts/progress.ts";
import { type BuildContext, buildFromDockerfile } from "./image-builder.ts";
import { sourcesHash } from "./sources-hash.ts";
import { stagePulumi } from "./stage-pulumi.ts";
import { stageRunner } from "./stage-runner.ts";

/** Names of the images in their archives. The tag is not `latest`, so that nobody tries to pull them. */
export const runnerImage = "localhost/holdfast-runner:development";
export const runnerPulumiImage = "localhost/holdfast-runner-pulumi:development";

/** Largest size of the image of a runner, in bytes. */
const runnerBytesMax = 200_000_000;

/** How many archives of earlier sources are kept. */
const archivesMax = 2;

const dockerfile = join(import.meta.dirname, "..", "..", "Dockerfile");

/** Archives of the images (docker-archive), for `ctr images import` or `docker load`. */
export interface ImageArchives {
  readonly runnerArchive: string;
  readonly pulumiArchive: string;
}

/**
 * Builds the images of the runner, or finds those that were built from the same sources.
 *
 * guarantee: the archives hold what the sources say now; builds at the same time wait for each other.
 *
 * @throws {PartFailure} if there is no way to build them, or the runner's is larger than 200 MB.
 */
export async function buildImages(options: {
  readonly progress: Progress;
}): Promise<ImageArchives> {
  const { progress } = options;
  const cache = join(dirname(partsFolder()), "images");
  await mkdir(cache, { recursive: true });
  const key = await sourcesHash(progress);
  const archives = {
    runnerArchive: join(cache, `runner-${key}.tar`),
    pulumiArchive: join(cache, `runner-pulumi-${key}.tar`),
  };
  await withLock(join(cache, "lock"), progress, async () => {
    if (!(await isThere(archives.runnerArchive)) || !(await isThere(archives.pulumiArchive))) {
      await announceIfSlow(progress, "building the runner's images", async () => {
        await build(archives, progress);
      });
      await prune(cache, Object.values(archives));
    }
  });
  await checkSize(archives.runnerArchive);
  return archives;
}

/** Lays out the files of both images, for a build by hand: `docker build --file Dockerfile FOLDER`. */
export async function stageImages(folder: string, progress: Progress): Promise<void> {
  await mkdir(folder, { recursive: true });
  await stageRunner(join(folder, "runner"));
  await stagePulumi(join(folder, "pulumi"), progress);
}

async function build(archives: ImageArchives, progress: Progress): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "holdfast-image-"));
  try {
    const folder = join(scratch, "context");
    await stageImages(folder, progress);
    await buildAll({ dockerfile, folder, scratch }, archives, progress);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function buildAll(
  context: BuildContext,
  { runnerArchive, pulumiArchive }: ImageArchives,
  progress: Progress,
): Promise<void> {
  const images = [
    { target: "runner", name: runnerImage, archive: runnerArchive },
    { target: "runner-pulumi", name: runnerPulumiImage, archive: pulumiArchive },
  ];
  const drafts = images.map((image) => ({ ...image, archive: `${image.archive}.new` }));
  await Promise.all(drafts.map(async ({ archive }) => await rm(archive, { force: true })));
  await buildFromDockerfile(context, drafts, progress);
  for (const { archive } of images) {
    await rename(`${archive}.new`, archive);
  }
}

async function checkSize(archive: string): Promise<void> {
  const { size } = await stat(archive);
  if (size > runnerBytesMax) {
    throw new PartFailure(
      `The runner's image has ${size} bytes, and ${runnerBytesMax} are allowed.`,
      {
        advice: "look for what has been added to runner/ or to the Dockerfile.",
      },
    );
  }
}

async function prune(cache: string, used: readonly string[]): Promise<void> {
  const old = (await readdir(cache))
    .filter((name) => name.endsWith(".tar"))
    .map((name) => join(cache, name))
    .filter((path) => !used.includes(path));
  const aged = await Promise.all(
    old.map(async (path) => ({ path, writtenAtMs: (await stat(path)).mtimeMs })),
  );
  aged.sort((one, other) => other.writtenAtMs - one.writtenAtMs);
  for (const { path } of aged.slice(archivesMax)) {
    await rm(path, { force: true });
  }
}

async function isThere(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
