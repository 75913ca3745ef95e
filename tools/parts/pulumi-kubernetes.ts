import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildGoPrograms, findGoModule } from "./go-build.ts";
import { type PartRecipe, type Progress, providePart } from "./part.ts";
import { pluginSteps } from "./pulumi-plugin.ts";
import { downloadArchive, vendorPlatform } from "./vendor-download.ts";

/** The version that the `@pulumi/kubernetes` package in package.json asks the engine for. */
export const pulumiKubernetesVersion = "4.34.2";

const program = "pulumi-resource-kubernetes";
const goModule = "github.com/pulumi/pulumi-kubernetes/provider/v4";

/**
 * Brings the Pulumi provider of Kubernetes.
 *
 * shape: `binary` is the absolute path of `pulumi-resource-kubernetes`. A link to it in a folder
 * `$PULUMI_HOME/plugins/resource-kubernetes-v<version>` is found by the engine without a warning; the folder itself
 * must not be a link.
 *
 * @throws {PartFailure} saying what to do, if it is neither there, nor to be downloaded, nor to be built.
 */
export async function providePulumiKubernetes(
  progress: Progress,
): Promise<{ readonly version: string; readonly binary: string }> {
  const folder = await providePart(recipe, progress);
  return { version: pulumiKubernetesVersion, binary: join(folder, program) };
}

const recipe: PartRecipe = {
  name: "pulumi-kubernetes",
  version: pulumiKubernetesVersion,
  programs: [program],
  verify: pluginSteps({ program, version: pulumiKubernetesVersion, service: "ResourceProvider" })
    .verify,
  ...(vendorPlatform() === undefined ? {} : { download }),
  build: async (folder, progress) => {
    await buildGoPrograms(
      [
        {
          module: "pulumi-kubernetes",
          mainPackage: ".",
          output: join(folder, program),
          variables: { [`${goModule}/pkg/version.Version`]: pulumiKubernetesVersion },
          prepare: writeEmbeddedFiles,
        },
      ],
      progress,
    );
  },
};

/** The provider's own build makes these two files from its sources; its module is published without them. */
async function writeEmbeddedFiles(folder: string): Promise<void> {
  const sources = join(await findGoModule(folder, goModule), "cmd", program);
  const schema = JSON.parse(await readFile(join(sources, "schema.json"), "utf8")) as object;
  const embedded = { ...schema, version: pulumiKubernetesVersion };
  await writeFile(join(folder, "schema-embed.json"), JSON.stringify(embedded));
  const mapping = await readFile(join(sources, "terraform-mapping.json"), "utf8");
  await writeFile(join(folder, "terraform-mapping-embed.json"), mapping);
}

async function download(folder: string): Promise<void> {
  const machine = vendorPlatform();
  const file = `${program}-v${pulumiKubernetesVersion}-${machine?.os}-${machine?.goArch}.tar.gz`;
  const releases = `https://github.com/pulumi/pulumi-kubernetes/releases/download/v${pulumiKubernetesVersion}`;
  await downloadArchive(
    {
      url: `${releases}/${file}`,
      checksumsUrl: `${releases}/pulumi-kubernetes_${pulumiKubernetesVersion}_checksums.txt`,
    },
    folder,
    0,
  );
}
