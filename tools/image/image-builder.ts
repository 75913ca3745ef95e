import { join } from "node:path";
import { provideContainerTools } from "../parts/containers.ts";
import type { Progress } from "../parts/part.ts";
import { findOnPath, run } from "../parts/run.ts";

/** One image to build from the staged files. */
export interface ImageRequest {
  /** Target in the Dockerfile. */
  readonly target: string;
  /** Name and tag of the image. */
  readonly name: string;
  /** Where its archive goes (docker-archive). */
  readonly archive: string;
}

/** What the images are built from. */
export interface BuildContext {
  readonly dockerfile: string;
  /** Folder with the staged files. */
  readonly folder: string;
  /** Folder for what the builder keeps while it works. */
  readonly scratch: string;
}

const advice = "install Docker, or buildah, and run this again.";

/**
 * Builds images from the one Dockerfile: with Docker where its daemon answers, else with buildah, which
 * needs none.
 *
 * @throws {PartFailure} saying what to do.
 */
export async function buildFromDockerfile(
  context: BuildContext,
  images: readonly ImageRequest[],
  progress: Progress,
): Promise<void> {
  const build = (await hasDockerDaemon()) ? buildWithDocker : await buildahBuilder(progress);
  for (const image of images) {
    await build(context, image);
  }
}

async function hasDockerDaemon(): Promise<boolean> {
  if ((await findOnPath("docker")) === undefined) {
    return false;
  }
  return await run("docker", ["version"], { advice, timeoutMs: 10_000 }).then(
    () => true,
    () => false,
  );
}

async function buildWithDocker(context: BuildContext, image: ImageRequest): Promise<void> {
  const { target, name, archive } = image;
  const what = ["--file", context.dockerfile, "--target", target, "--tag", name, context.folder];
  await run("docker", ["build", ...what], { advice });
  await run("docker", ["save", "--output", archive, name], { advice });
}

async function buildahBuilder(progress: Progress): Promise<typeof buildWithDocker> {
  await provideContainerTools(progress);
  return async (context, { target, name, archive }) => {
    // A store of its own: nothing of it is left, and builds side by side do not meet.
    const store = [
      "--root",
      join(context.scratch, "store"),
      "--runroot",
      join(context.scratch, "run"),
    ];
    const common = [...store, "--storage-driver", "vfs"];
    const what = ["--file", context.dockerfile, "--target", target, "--tag", name];
    const how = ["--isolation", "chroot", "--layers", "--timestamp", "0", "--quiet"];
    await run("buildah", [...common, "bud", ...how, ...what, context.folder], { advice });
    const push = ["push", "--quiet", name, `docker-archive:${archive}:${name}`];
    await run("buildah", [...common, ...push], { advice });
  };
}
