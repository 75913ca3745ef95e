/**
 * Builds the runner's images and prints where their archives are. With `stage FOLDER` it only lays out the
 * files, for `docker build --file Dockerfile --target runner FOLDER`.
 */
import { stat } from "node:fs/promises";
import { PartFailure } from "../parts/part-failure.ts";
import { progressToStandardError } from "../parts/progress.ts";
import { buildImages, stageImages } from "./build.ts";

const [command, folder] = process.argv.slice(2);
try {
  if (command === "stage" && folder !== undefined) {
    await stageImages(folder, progressToStandardError);
  } else {
    const { runnerArchive, pulumiArchive } = await buildImages({
      progress: progressToStandardError,
    });
    for (const archive of [runnerArchive, pulumiArchive]) {
      console.log(`${archive} (${((await stat(archive)).size / 1e6).toFixed(0)} MB)`);
    }
  }
} catch (error) {
  if (!(error instanceof PartFailure)) {
    throw error;
  }
  console.error(error.message);
  process.exitCode = 1;
}
