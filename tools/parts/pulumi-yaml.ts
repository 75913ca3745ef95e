import { join } from "node:path";
import { buildGoPrograms } from "./go-build.ts";
import { type PartRecipe, type Progress, providePart } from "./part.ts";
import { pluginSteps } from "./pulumi-plugin.ts";
import { downloadArchive, vendorPlatform } from "./vendor-download.ts";

/** The version of the language host for YAML programs that the project is tested with. */
const pulumiYamlVersion = "1.25.0";

const program = "pulumi-language-yaml";

/**
 * Brings the language host that runs YAML programs.
 *
 * shape: `binary` is the absolute path of `pulumi-language-yaml`. The CLI finds it on `PATH` or beside itself.
 *
 * @throws {PartFailure} saying what to do, if it is neither there, nor to be downloaded, nor to be built.
 */
export async function providePulumiYaml(
  progress: Progress,
): Promise<{ readonly version: string; readonly binary: string }> {
  const folder = await providePart(recipe, progress);
  return { version: pulumiYamlVersion, binary: join(folder, program) };
}

const recipe: PartRecipe = {
  name: "pulumi-yaml",
  version: pulumiYamlVersion,
  programs: [program],
  ...pluginSteps({ program, version: pulumiYamlVersion, service: "LanguageRuntime" }),
  ...(vendorPlatform() === undefined ? {} : { download }),
  build: async (folder, progress) => {
    await buildGoPrograms(
      [
        {
          module: "pulumi-yaml",
          mainPackage: `github.com/pulumi/pulumi-yaml/cmd/${program}`,
          output: join(folder, program),
          variables: {
            "github.com/pulumi/pulumi-yaml/pkg/version.Version": `v${pulumiYamlVersion}`,
          },
        },
      ],
      progress,
    );
  },
};

async function download(folder: string): Promise<void> {
  const machine = vendorPlatform();
  const releases = `https://github.com/pulumi/pulumi-yaml/releases/download/v${pulumiYamlVersion}`;
  await downloadArchive(
    {
      url: `${releases}/${program}-v${pulumiYamlVersion}-${machine?.os}-${machine?.goArch}.tar.gz`,
      checksumsUrl: `${releases}/pulumi-yaml-${pulumiYamlVersion}-checksums.txt`,
    },
    folder,
    0,
  );
}
