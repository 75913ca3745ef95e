import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { LocalWorkspace, type PulumiFn, type Stack } from "@pulumi/pulumi/automation/index.js";
import { Provider } from "holdfast/provider.ts";
import { onTestFinished } from "vitest";
import { progressToStandardError } from "../../tools/parts/progress.ts";
import { providePulumiCli } from "../../tools/parts/pulumi-cli.ts";
import type { ControlPlaneProcess } from "./control-plane-process.ts";

const plugin = fileURLToPath(import.meta.resolve("holdfast/bin/pulumi-resource-holdfast"));
const execute = promisify(execFile);

/** A stack of its own on the real engine, with a file backend in a folder that is gone afterwards. */
export interface TestStack {
  readonly folder: string;
  readonly stack: Stack;
  /** Updates with this program and tells what happened. */
  up(program: PulumiFn, refresh?: boolean): Promise<TestUpdate>;
  /** What `up` would do, without doing it. */
  preview(program: PulumiFn): Promise<Readonly<Record<string, number>>>;
  /** What an update that must fail says. */
  failure(program: PulumiFn): Promise<string>;
  /** Runs the CLI itself, on the stack unless told otherwise. */
  cli(args: readonly string[], onStack?: boolean): Promise<string>;
  /** All text that the backend has on disk. */
  backendText(): Promise<string>;
}

/** What an update did. */
export interface TestUpdate {
  /** Resources by step; `same` is left out. */
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** An output that is a text. */
export function textOutput({ outputs }: TestUpdate, name: string): string {
  const value = outputs[name];
  if (typeof value !== "string") {
    throw new Error(`the output ${name} is no text`);
  }
  return value;
}

/** Brings the CLI, if it is not there. */
export async function pulumiRoot(): Promise<string> {
  return (await providePulumiCli(progressToStandardError)).root;
}

/** Makes an empty stack. */
export async function makeStack(): Promise<TestStack> {
  const root = await pulumiRoot();
  const folder = await mkdtemp(join(tmpdir(), "holdfast-engine-"));
  onTestFinished(async () => {
    await rm(folder, { recursive: true, force: true });
  });
  const backend = join(folder, "backend");
  await mkdir(backend);
  const workDir = join(folder, "work");
  await mkdir(workDir);
  await writeFile(
    join(workDir, "Pulumi.yaml"),
    JSON.stringify({
      name: "engine",
      runtime: "nodejs",
      plugins: { providers: [{ name: "holdfast", path: dirname(plugin) }] },
    }),
  );
  const envVars = {
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_CONFIG_PASSPHRASE: "of the test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
  const pulumiHome = join(folder, "home");
  const pulumiCommand = await PulumiCommand.get({ root });
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: "engine", program: async () => ({}) },
    { workDir, pulumiHome, envVars, pulumiCommand },
  );
  const up = async (program: PulumiFn, refresh = false): Promise<TestUpdate> => {
    const { stdout, stderr, summary, outputs } = await stack.up({
      program,
      refresh,
      color: "never",
    });
    const values = Object.entries(outputs).map(([name, { value }]): [string, unknown] => [
      name,
      value,
    ]);
    return {
      changes: withoutSame({ ...summary.resourceChanges }),
      outputs: Object.fromEntries(values),
      text: stdout + stderr,
    };
  };
  return {
    folder,
    stack,
    up,
    preview: async (program) => {
      const { changeSummary } = await stack.preview({ program, color: "never" });
      return withoutSame({ ...changeSummary });
    },
    failure: async (program) => {
      const messages: string[] = [];
      const onEvent = ({ diagnosticEvent }: EngineEvent): void => {
        if (diagnosticEvent?.severity === "error") {
          messages.push(diagnosticEvent.message);
        }
      };
      try {
        await stack.up({ program, color: "never", onEvent });
      } catch (error) {
        return `${messages.join("\n")}\n${String(error)}`;
      }
      throw new Error("the update succeeded");
    },
    cli: async (args, onStack = true) => {
      const { stdout, stderr } = await execute(
        join(root, "bin", "pulumi"),
        [...args, ...(onStack ? ["--stack", "test"] : []), "--non-interactive"],
        { cwd: workDir, env: { ...process.env, ...envVars, PULUMI_HOME: pulumiHome } },
      );
      return stdout + stderr;
    },
    backendText: async () => await textBelow(backend),
  };
}

/** A provider for the control plane, as programs make it. */
export function providerFor(controlPlane: ControlPlaneProcess): Provider {
  const { endpoint, caCertificateFile, apiKeyFile } = controlPlane;
  return new Provider("control-plane", { endpoint, caCertificateFile, apiKeyFile });
}

/** All text in the files below a folder. */
export async function textBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const texts = await Promise.all(
    entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => readFile(join(parentPath, name), "utf8")),
  );
  return texts.join("\n");
}

function withoutSame(changes: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(changes).filter(([step]) => step !== "same"));
}
