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
  /** Destroys everything; answers with the resources by step. */
  destroy(): Promise<Readonly<Record<string, number>>>;
  /** What `up` would do, without doing it. */
  preview(program: PulumiFn): Promise<Readonly<Record<string, number>>>;
  /** The steps that `up` would do, in order. */
  previewSteps(program: PulumiFn): Promise<readonly UpdateStep[]>;
  /** What an update that must fail says. */
  failure(program: PulumiFn): Promise<string>;
  /** Runs the CLI itself, on the stack unless told otherwise. */
  cli(args: readonly string[], onStack?: boolean): Promise<string>;
  /** All text that the backend has on disk. */
  backendText(): Promise<string>;
  /** The stack's state as the CLI exports it: what is secret is encrypted. */
  exportedState(): Promise<string>;
  /** Every resource of the state, sorted by URN; the stack itself and providers that nobody made are left out. */
  resources(): Promise<readonly StateResource[]>;
  /** Removes the folder; for a stack that is kept beyond a test. */
  remove(): Promise<void>;
}

/** One resource of a state. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  /** "" of a component. */
  readonly id: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

/** What differs from a plain stack. */
export interface StackOptions {
  /** Further variables of the engine's environment, such as those of {@link StandIns}. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Plugins of the project. Default: our own provider. */
  readonly plugins?: readonly { readonly name: string; readonly path: string }[];
  /** Whether the stack outlives the test that makes it, or is made in a hook. Default: false. */
  readonly isKept?: boolean;
}

/** One step of an update. */
export interface UpdateStep {
  /** `create`, `update`, `replace` (the new one of a replacement is also a `create-replacement`), `delete`, ... */
  readonly op: string;
  readonly urn: string;
  /** Logical name, the last part of the URN. */
  readonly name: string;
}

/** What an update did. */
export interface TestUpdate {
  /** Resources by step; `same` is left out. */
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly text: string;
  /** What the engine did, in order; `same` is left out. */
  readonly steps: readonly UpdateStep[];
}

/** An output that is a text. */
export function textOutput({ outputs }: TestUpdate, name: string): string {
  const value = outputs[name];
  if (typeof value !== "string") {
    throw new Error(`the output ${name} is no text`);
  }
  return value;
}

/** Each step as `OP NAME`. */
export function stepTexts(steps: readonly UpdateStep[]): readonly string[] {
  return steps.map(({ op, name }) => `${op} ${name}`);
}

/** Brings the CLI, if it is not there. */
export async function pulumiRoot(): Promise<string> {
  return (await providePulumiCli(progressToStandardError)).root;
}

/** Makes an empty stack. */
export async function makeStack(options: StackOptions = {}): Promise<TestStack> {
  const { folder, stack, cli } = await makeProject(options);
  const remove = async (): Promise<void> => {
    await rm(folder, { recursive: true, force: true });
  };
  if (options.isKept !== true) {
    onTestFinished(remove);
  }
  const exportedState = async (): Promise<string> => await cli(["stack", "export"]);
  return {
    folder,
    stack,
    remove,
    up: async (program, refresh = false) => await update(stack, program, refresh),
    destroy: async () => {
      const { summary } = await stack.destroy({ color: "never" });
      return withoutSame({ ...summary.resourceChanges });
    },
    preview: async (program) => {
      const { changeSummary } = await stack.preview({ program, color: "never" });
      return withoutSame({ ...changeSummary });
    },
    previewSteps: async (program) => {
      const steps: UpdateStep[] = [];
      await stack.preview({ program, color: "never", onEvent: noteStep(steps) });
      return steps;
    },
    failure: async (program) => await failureOf(stack, program),
    cli,
    backendText: async () => await textBelow(join(folder, "backend")),
    exportedState,
    resources: async () => resourcesIn(await exportedState()),
  };
}

/** A project in a folder of its own, its stack, and the CLI in it. */
async function makeProject({ environment, plugins }: StackOptions) {
  const root = await pulumiRoot();
  const folder = await mkdtemp(join(tmpdir(), "holdfast-engine-"));
  const backend = join(folder, "backend");
  const workDir = join(folder, "work");
  await Promise.all([mkdir(backend), mkdir(workDir)]);
  const providers = plugins ?? [{ name: "holdfast", path: dirname(plugin) }];
  await writeFile(
    join(workDir, "Pulumi.yaml"),
    JSON.stringify({ name: "engine", runtime: "nodejs", plugins: { providers } }),
  );
  const envVars = {
    PULUMI_BACKEND_URL: pathToFileURL(backend).href,
    PULUMI_CONFIG_PASSPHRASE: "of the test",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    ...environment,
  };
  const pulumiHome = join(folder, "home");
  const pulumiCommand = await PulumiCommand.get({ root });
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: "test", projectName: "engine", program: async () => ({}) },
    { workDir, pulumiHome, envVars, pulumiCommand },
  );
  const cli = async (args: readonly string[], onStack = true): Promise<string> => {
    const { stdout, stderr } = await execute(
      join(root, "bin", "pulumi"),
      [...args, ...(onStack ? ["--stack", "test"] : []), "--non-interactive"],
      {
        cwd: workDir,
        env: { ...process.env, ...envVars, PULUMI_HOME: pulumiHome },
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    return stdout + stderr;
  };
  return { folder, stack, cli };
}

async function update(stack: Stack, program: PulumiFn, refresh: boolean): Promise<TestUpdate> {
  const steps: UpdateStep[] = [];
  const onEvent = noteStep(steps);
  const { stdout, stderr, summary, outputs } = await stack.up({
    program,
    refresh,
    color: "never",
    onEvent,
  });
  const values = Object.entries(outputs).map(([name, { value }]): [string, unknown] => [
    name,
    value,
  ]);
  return {
    changes: withoutSame({ ...summary.resourceChanges }),
    outputs: Object.fromEntries(values),
    text: stdout + stderr,
    steps,
  };
}

function noteStep(steps: UpdateStep[]): (event: EngineEvent) => void {
  return ({ resourcePreEvent }) => {
    if (resourcePreEvent !== undefined && resourcePreEvent.metadata.op !== "same") {
      const { op, urn } = resourcePreEvent.metadata;
      steps.push({ op, urn, name: urn.split("::").slice(3).join("::") });
    }
  };
}

async function failureOf(stack: Stack, program: PulumiFn): Promise<string> {
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
}

/** What a deployment says of a resource, as far as tests look at it; the engine leaves out what is empty. */
interface Exported {
  readonly deployment: {
    readonly resources?: readonly (Pick<StateResource, "urn" | "type"> & Partial<StateResource>)[];
  };
}

function resourcesIn(state: string): readonly StateResource[] {
  // The engine's own format, version 3 of it.
  const { deployment } = JSON.parse(state) as Exported;
  return (deployment.resources ?? [])
    .filter(({ type, urn }) => type !== "pulumi:pulumi:Stack" && !urn.includes("::default_"))
    .map((resource) => ({
      urn: resource.urn,
      type: resource.type,
      id: resource.id ?? "",
      inputs: resource.inputs ?? {},
      outputs: resource.outputs ?? {},
      protect: resource.protect ?? false,
      retainOnDelete: resource.retainOnDelete ?? false,
    }))
    .toSorted((one, other) => (one.urn < other.urn ? -1 : 1));
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
