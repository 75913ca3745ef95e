import { mkdir, realpath } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { buildGoPrograms } from "./go-build.ts";
import { type PartRecipe, type Progress, providePart } from "./part.ts";
import { findOnPath, run } from "./run.ts";
import { downloadArchive, vendorPlatform } from "./vendor-download.ts";
import { verifyVersion } from "./verify-version.ts";

/** The version of the Pulumi CLI that the project is developed and tested with. */
const pulumiCliVersion = "3.274.1";

/**
 * Brings the Pulumi CLI.
 *
 * shape: `root/bin/pulumi` is the program, so that `PulumiCommand.get({ root })` takes it.
 *
 * @throws {PartFailure} saying what to do, if it is neither there, nor to be downloaded, nor to be built.
 */
export async function providePulumiCli(
  progress: Progress,
): Promise<{ readonly version: string; readonly root: string }> {
  return { version: pulumiCliVersion, root: await providePart(recipe, progress) };
}

const recipe: PartRecipe = {
  name: "pulumi-cli",
  version: pulumiCliVersion,
  programs: ["bin/pulumi"],
  findInstalled: findOnPathWithVersion,
  ...(vendorPlatform() === undefined ? {} : { download }),
  build: async (folder, progress) => {
    await buildGoPrograms(
      [
        {
          module: "pulumi-cli",
          mainPackage: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
          output: join(folder, "bin", "pulumi"),
          variables: {
            "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${pulumiCliVersion}`,
          },
        },
      ],
      progress,
    );
  },
  verify: async (folder) => {
    await verifyVersion(join(folder, "bin", "pulumi"), ["version"], pulumiCliVersion);
  },
};

/** The folder above the `bin` of a CLI on `PATH`, if it is this version. */
async function findOnPathWithVersion(): Promise<string | undefined> {
  const found = await findOnPath("pulumi");
  if (found === undefined) {
    return undefined;
  }
  const program = await realpath(found);
  const printed = await run(program, ["version"], {
    advice: "put a working pulumi on PATH.",
  }).catch(() => undefined);
  const isOurs = printed?.stdout.trim() === `v${pulumiCliVersion}`;
  return isOurs && basename(dirname(program)) === "bin" ? dirname(dirname(program)) : undefined;
}

/** The official archive also has the language hosts, which belong beside the CLI. */
async function download(folder: string): Promise<void> {
  const machine = vendorPlatform();
  const releases = "https://get.pulumi.com/releases/sdk";
  const bin = join(folder, "bin");
  await mkdir(bin);
  await downloadArchive(
    {
      url: `${releases}/pulumi-v${pulumiCliVersion}-${machine?.os}-${machine?.nodeArch}.tar.gz`,
      checksumsUrl: `${releases}/pulumi-${pulumiCliVersion}-checksums.txt`,
    },
    bin,
    1,
  );
}
