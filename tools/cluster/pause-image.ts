import { createHash } from "node:crypto";
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { buildGoPrograms } from "../parts/go-build.ts";
import { type PartRecipe, type Progress, providePart } from "../parts/part.ts";
import { run } from "../parts/run.ts";

/** The image of the process that holds a pod's namespaces open. */
export const pauseImage = "localhost/pause:1";

const advice = "install tar and run this again.";
const mediaType = "application/vnd.oci.image";

/**
 * Brings the program that holds a pod's namespaces, and reaps orphans, and its image.
 *
 * shape: `program` is the absolute path of the static executable; `archive` that of an OCI archive.
 *
 * @throws {PartFailure} if it is not there and cannot be built.
 */
export async function providePauseImage(
  progress: Progress,
): Promise<{ readonly program: string; readonly archive: string }> {
  const folder = await providePart(recipe, progress);
  return { program: join(folder, "pause"), archive: join(folder, "pause.tar") };
}

const recipe: PartRecipe = {
  name: "pause",
  version: "1",
  programs: ["pause"],
  build: async (folder, progress) => {
    const program = join(folder, "pause");
    await buildGoPrograms([{ module: "pause", mainPackage: ".", output: program }], progress);
    await writeImage(folder);
  },
  // It has no version of its own, and does nothing that could be asked for.
  verify: async () => undefined,
};

/** One layer with one file, laid out as the OCI image specification says (image-layout.md). */
async function writeImage(folder: string): Promise<void> {
  const root = join(folder, "root");
  const layout = join(folder, "layout");
  await mkdir(root);
  await mkdir(join(layout, "blobs", "sha256"), { recursive: true });
  await cp(join(folder, "pause"), join(root, "pause"));
  const layerPath = join(folder, "layer.tar");
  await archive(root, layerPath, ["pause"]);
  const layer = await addBlob(layout, await readFile(layerPath), `${mediaType}.layer.v1.tar`);
  const platform = { architecture: arch() === "x64" ? "amd64" : arch(), os: "linux" };
  const config = await addJson(layout, `${mediaType}.config.v1+json`, {
    ...platform,
    config: { Entrypoint: ["/pause"] },
    rootfs: { type: "layers", diff_ids: [layer.digest] },
  });
  const manifest = await addJson(layout, `${mediaType}.manifest.v1+json`, {
    schemaVersion: 2,
    mediaType: `${mediaType}.manifest.v1+json`,
    config,
    layers: [layer],
  });
  const annotations = {
    "io.containerd.image.name": pauseImage,
    "org.opencontainers.image.ref.name": pauseImage.split(":")[1],
  };
  const index = { schemaVersion: 2, manifests: [{ ...manifest, platform, annotations }] };
  await writeFile(join(layout, "index.json"), JSON.stringify(index));
  await writeFile(join(layout, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  await archive(layout, join(folder, "pause.tar"), ["oci-layout", "index.json", "blobs"]);
  await rm(root, { recursive: true });
  await rm(layout, { recursive: true });
  await rm(layerPath);
}

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

async function addJson(layout: string, type: string, value: object): Promise<Descriptor> {
  return await addBlob(layout, Buffer.from(JSON.stringify(value)), type);
}

async function addBlob(layout: string, bytes: Buffer, type: string): Promise<Descriptor> {
  const digest = createHash("sha256").update(bytes).digest("hex");
  await writeFile(join(layout, "blobs", "sha256", digest), bytes);
  return { mediaType: type, digest: `sha256:${digest}`, size: bytes.length };
}

async function archive(folder: string, path: string, entries: readonly string[]): Promise<void> {
  const owner = ["--owner=0", "--group=0", "--numeric-owner"];
  await run("tar", ["-cf", path, "-C", folder, ...owner, ...entries], { advice });
}
