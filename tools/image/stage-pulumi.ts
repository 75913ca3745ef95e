import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import type { Progress } from "../parts/part.ts";
import { providePulumiCli } from "../parts/pulumi-cli.ts";
import { providePulumiNodejs } from "../parts/pulumi-nodejs.ts";
import { providePulumiYaml } from "../parts/pulumi-yaml.ts";
import { bundle } from "./bundle.ts";
import { copyPackages } from "./copy-packages.ts";
import { stageGit } from "./stage-git.ts";
import { stageCopy, stageFile } from "./stage-runner.ts";

/**
 * Lays out what the image `runner-pulumi` has beyond `runner`: the Pulumi CLI, the language hosts for YAML
 * and Node beside it, the modules that Node programs may rely on, Git, and the authorities of public servers.
 */
export async function stagePulumi(folder: string, progress: Progress): Promise<void> {
  const cli = await providePulumiCli(progress);
  const yaml = await providePulumiYaml(progress);
  const bin = "opt/pulumi/bin";
  for (const name of await readdir(join(cli.root, "bin"))) {
    await stageCopy(folder, join(bin, name), join(cli.root, "bin", name), 0o755);
  }
  await stageCopy(folder, join(bin, "pulumi-language-yaml"), yaml.binary, 0o755);
  await stageNodeHost(folder, bin, progress);
  await copyPackages(["@pulumi/pulumi"], join(folder, "opt/holdfast/node_modules"));
  await stageGit(folder);
  await stageFile(folder, "etc/ssl/certs/ca-certificates.crt", `${rootCertificates.join("\n")}\n`);
}

/** The official language host came with the CLI, or stands on this machine; else our stand-in takes its place. */
async function stageNodeHost(folder: string, bin: string, progress: Progress): Promise<void> {
  const host = await providePulumiNodejs(progress);
  const path = join(bin, "pulumi-language-nodejs");
  if (host.official) {
    await stageCopy(folder, path, host.binary, 0o755);
    return;
  }
  const place = "opt/holdfast/language-host";
  await bundle("tools/language-host/main.ts", join(folder, place));
  await stageFile(folder, path, `#!/usr/bin/node\nimport("/${place}/main.js");\n`, 0o755);
}
