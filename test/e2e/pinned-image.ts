import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** An image whose name is its content, as registries give them. */
export interface PinnedImage {
  /** Archive in the OCI layout, for the node. */
  readonly archive: string;
  /** `NAME@sha256:DIGEST`. */
  readonly reference: string;
}

/** An archive as Docker writes them: blobs are named after their SHA-256. */
interface DockerManifest {
  readonly Config: string;
  readonly Layers: readonly string[];
}

/**
 * Makes of an archive with a tag one with a digest, without a registry: the image's manifest is written here,
 * and its digest becomes the image's name.
 *
 * source: OCI image specification 1.1, "Image Layout"; containerd's annotation `io.containerd.image.name`.
 */
export async function pinImage(
  dockerArchive: string,
  name: string,
  folder: string,
): Promise<PinnedImage> {
  const layout = join(folder, "layout");
  const blobs = join(layout, "blobs", "sha256");
  await mkdir(blobs, { recursive: true });
  await run("tar", ["--extract", `--file=${dockerArchive}`, `--directory=${folder}`]);
  const [manifest] = JSON.parse(
    await readFile(join(folder, "manifest.json"), "utf8"),
  ) as readonly DockerManifest[];
  const describe = async (mediaType: string, file: string) => {
    const digest = file.replace(/\.(?:json|tar)$/, "");
    await rename(join(folder, file), join(blobs, digest));
    const { size } = await stat(join(blobs, digest));
    return { mediaType, digest: `sha256:${digest}`, size };
  };
  const type = (kind: string): string => `application/vnd.oci.image.${kind}`;
  const config = await describe(type("config.v1+json"), manifest?.Config ?? "");
  const layers = await Promise.all(
    (manifest?.Layers ?? []).map(async (layer) => await describe(type("layer.v1.tar"), layer)),
  );
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: type("manifest.v1+json"),
    config,
    layers,
  });
  const digest = createHash("sha256").update(text).digest("hex");
  await writeFile(join(blobs, digest), text);
  const reference = `${name}@sha256:${digest}`;
  const entry = {
    mediaType: type("manifest.v1+json"),
    digest: `sha256:${digest}`,
    size: Buffer.byteLength(text),
    annotations: { "io.containerd.image.name": reference },
  };
  await writeFile(
    join(layout, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [entry] }),
  );
  await writeFile(join(layout, "oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
  const archive = join(folder, "pinned.tar");
  await run("tar", ["--create", `--file=${archive}`, `--directory=${layout}`, "."]);
  return { archive, reference };
}
