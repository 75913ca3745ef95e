import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { awsStandIn } from "../../test/support/providers/aws.ts";
import { awsTrustResources } from "../../test/support/providers/aws-trust.ts";
import { azureStandIn } from "../../test/support/providers/azure.ts";
import { gcpStandIn } from "../../test/support/providers/gcp.ts";
import { kubernetesStandIn } from "../../test/support/providers/kubernetes.ts";
import { randomStandIn } from "../../test/support/providers/random.ts";
import { startStandIns } from "../../test/support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../../test/support/providers/tls.ts";
import { providePulumiCli } from "../../tools/parts/pulumi-cli.ts";
import { providePulumiNodejs } from "../../tools/parts/pulumi-nodejs.ts";
import { previewedStacks } from "./previewed-stacks.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "../..");

/** Name of the program that has no resource. */
export const emptyProgram = "empty";

/** A project with one stack for each of {@link previewedStacks}, and one whose program is empty. */
export interface PreviewWorld extends AsyncDisposable {
  /** What `pulumi preview` of a stack takes that has never been updated, in milliseconds. */
  preview(program: string): Promise<number>;
}

/**
 * The CLI, its engine, the language host, the program and the provider `holdfast` are processes, as they are for a
 * user; the clouds' providers are stand-ins in this one. A preview asks nothing of the control plane.
 */
export async function openPreviewWorld(): Promise<PreviewWorld> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-previews-"));
  const standIns = await startStandIns([
    awsStandIn({ more: awsTrustResources }),
    gcpStandIn(),
    azureStandIn(),
    kubernetesStandIn(),
    randomStandIn(),
    tlsStandIn(),
  ]);
  const pulumi = await findPulumi(folder, standIns.environment);
  await mkdir(join(folder, "backend"));
  await makeProject(join(folder, "stacks"));
  await makeEmptyProject(join(folder, emptyProgram));
  const folderOf = (program: string): string =>
    join(folder, program === emptyProgram ? emptyProgram : "stacks");
  for (const program of [emptyProgram, ...Object.keys(previewedStacks)]) {
    await pulumi(folderOf(program), ["stack", "init", program]);
  }
  for (const [program, settings] of Object.entries(previewedStacks)) {
    const values = Object.entries({ ...common, program, ...settings });
    const options = values.flatMap(([key, value]) => ["--plaintext", `holdfast:${key}=${value}`]);
    await pulumi(folderOf(program), ["config", "set-all", "--stack", program, ...options]);
  }
  return {
    preview: async (program) => {
      const startedAtMs = performance.now();
      await pulumi(folderOf(program), ["preview", "--stack", program]);
      return performance.now() - startedAtMs;
    },
    [Symbol.asyncDispose]: async () => {
      await standIns.stop();
      await rm(folder, { recursive: true });
    },
  };
}

const common = {
  endpoint: "127.0.0.1:8444",
  caCertificateFile: "control-plane-ca.pem",
  apiKeyFile: "api-key",
  organization: "acme",
  runner: "prod",
  epoch: "2026-07",
  image: `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`,
} as const;

/** Runs the CLI in a folder. */
async function findPulumi(folder: string, environment: Readonly<Record<string, string>>) {
  const toStandardError = (line: string): void => console.error(line);
  const cli = await providePulumiCli(toStandardError);
  const host = await providePulumiNodejs(toStandardError);
  const path = [dirname(host.binary), join(root, "node_modules", ".bin"), process.env["PATH"]];
  const env = {
    ...process.env,
    ...environment,
    PATH: path.join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: pathToFileURL(join(folder, "backend")).href,
    PULUMI_CONFIG_PASSPHRASE: "of the bench",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  return async (cwd: string, args: readonly string[]): Promise<void> => {
    await execute(join(cli.root, "bin", "pulumi"), [...args, "--non-interactive"], { cwd, env });
  };
}

/** The project as it is at the root. */
async function makeProject(folder: string): Promise<void> {
  await mkdir(folder);
  for (const name of ["Pulumi.yaml", "package.json"]) {
    await cp(join(root, name), join(folder, name));
  }
  for (const name of ["stacks", "components", "foundation", "protocol", "node_modules"]) {
    await symlink(join(root, name), join(folder, name));
  }
}

/** A project with the same runtime, and the program that `pulumi new javascript` makes: it has the SDK, and no resource. */
async function makeEmptyProject(folder: string): Promise<void> {
  await mkdir(folder);
  const runtime = { name: "nodejs", options: { typescript: false } };
  const project = { name: "holdfast", runtime, main: "index.js" };
  await writeFile(join(folder, "Pulumi.yaml"), JSON.stringify(project));
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "holdfast" }));
  await writeFile(join(folder, "index.js"), 'const pulumi = require("@pulumi/pulumi");\n');
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
}
