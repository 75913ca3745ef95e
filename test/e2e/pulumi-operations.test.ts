import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, realpath, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  OperationService,
  OperationState,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import {
  PulumiCancelInputSchema,
  PulumiCancelOutputSchema,
  type PulumiEvent,
  PulumiEventSchema,
  PulumiStackInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import type { CredentialsDocument } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { progressToStandardError } from "../../tools/parts/progress.ts";
import { providePulumiCli } from "../../tools/parts/pulumi-cli.ts";
import { providePulumiNodejs } from "../../tools/parts/pulumi-nodejs.ts";
import { providePulumiYaml } from "../../tools/parts/pulumi-yaml.ts";
import { archiveOf } from "../support/archive-of.ts";
import type { TestProcess } from "../support/child-process.ts";
import { inputOf, type SeenOperation, TestInstallation } from "../support/e2e-harness.ts";
import { eventually } from "../support/eventually.ts";
import { makeTestRepository } from "../support/test-repository.ts";

const { cancelOperation } = OperationService.method;
const run = promisify(execFile);

/** Every secret that an operation uses; none of them may turn up anywhere else. */
const passphrase = "canary-passphrase-7311";
const token = "canary-token-9024";
const environmentSecret = "canary-environment-5561";

const yamlProgram = {
  "Pulumi.yaml": `name: demo
runtime: yaml
config:
  greeting: { type: string }
  token: { type: string, secret: true }
outputs:
  hello: \${greeting}
  hidden: \${token}
`,
};

/** A program that prints what it should not, and then takes its time. */
const slowProgram = {
  "Pulumi.yaml": "name: slow\nruntime: nodejs\nmain: index.mjs\n",
  "index.mjs": `import * as pulumi from "@pulumi/pulumi";
console.log("it runs with " + process.env.CANARY + " and " + new pulumi.Config().get("token"));
export const done = pulumi.output(new Promise((resolve) => setTimeout(resolve, 60000)));
`,
};

const failingProgram = {
  "Pulumi.yaml": "name: failing\nruntime: nodejs\nmain: index.mjs\n",
  "index.mjs": 'throw new Error("it went wrong with " + process.env.CANARY);\n',
};

/** A program that tells which secret it got, without telling the secret. */
const markingProgram = {
  "Pulumi.yaml": "name: marking\nruntime: nodejs\nmain: index.mjs\n",
  "index.mjs": `import { createHash } from "node:crypto";
export const mark = createHash("sha256").update(process.env.CANARY).digest("hex");
`,
};

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

let installation: TestInstallation;
let credentials: CredentialsDocument;
let runner: TestProcess;
let backend: string;
let stateFolder: string;
let runnerEnvironment: Readonly<Record<string, string>>;

beforeAll(async () => {
  const [cli, yaml, nodejs] = [
    await providePulumiCli(progressToStandardError),
    await providePulumiYaml(progressToStandardError),
    await providePulumiNodejs(progressToStandardError),
  ];
  installation = await TestInstallation.open();
  backend = join(installation.directory, "backend");
  stateFolder = join(installation.directory, "runner-state");
  await mkdir(backend);
  const policy = join(installation.directory, "policy.yaml");
  await writeFile(
    policy,
    "version: 1\nrules:\n  - {name: all, decision: allow, operations: ['*'], callers: [administrator]}\n",
  );
  runnerEnvironment = {
    HOLDFAST_STATE_DIR: stateFolder,
    HOLDFAST_POLICY_FILE: policy,
    HOLDFAST_PULUMI_ROOT: cli.root,
    HOLDFAST_PULUMI_LANGUAGE_HOSTS: `${dirname(yaml.binary)}:${dirname(nodejs.binary)}`,
    HOLDFAST_PULUMI_MODULES: await realpath("node_modules"),
    HOLDFAST_DRAIN_SECONDS: "1",
  };
  await installation.makeOrganization("acme");
  await installation.makeRunner("acme", "runner");
  credentials = await installation.generate("acme", "runner");
  for (const [name, value] of Object.entries({
    passphrase,
    token,
    environment: environmentSecret,
  })) {
    const { createSecret } = SecretService.method;
    await installation.administrator.call(createSecret, { organization: "acme", name, value });
  }
  await installation.makeConnection({
    organization: "acme",
    name: "state",
    provider: Provider.PULUMI,
    mode: AuthenticationMode.RUNNER_DELEGATED,
    runner: "runner",
    settings: {
      pulumi: {
        backendUrl: `file://${backend}`,
        passphrase: { source: { case: "secret", value: "passphrase" } },
      },
    },
  });
  await startRunner();
});

afterAll(async () => {
  await installation.close();
});

async function startRunner(): Promise<void> {
  runner = await installation.connectRunner(credentials, "runner", runnerEnvironment);
}

type StackInput = MessageInitShape<typeof PulumiStackInputSchema>;

async function request(
  kind: string,
  program: Readonly<Record<string, string>>,
  changes: StackInput = {},
): Promise<{
  organization: string;
  connection: string;
  kind: string;
  input: Uint8Array;
  deadlineMs: number;
}> {
  const secret = (value: string) => ({ source: { case: "secret" as const, value } });
  const input = inputOf(PulumiStackInputSchema, {
    stack: "dev",
    source: { source: { case: "archive", value: await archiveOf(program) } },
    configuration: {
      token: secret("token"),
      greeting: { source: { case: "literal", value: "hi" } },
    },
    environment: { CANARY: secret("environment") },
    ...changes,
  } as StackInput);
  return { organization: "acme", connection: "state", kind, input, deadlineMs: 120_000 };
}

async function operate(...asked: Parameters<typeof request>): Promise<SeenOperation> {
  return await installation.administrator.run(await request(...asked));
}

function eventsOf({ items }: SeenOperation): readonly PulumiEvent[] {
  return items.map((item) => fromBinary(PulumiEventSchema, item));
}

/** The changes and outputs of the last event. */
function summaryOf(seen: SeenOperation): {
  changes: object;
  outputs: object;
  secret: readonly string[];
} {
  const last = eventsOf(seen).at(-1)?.event;
  if (last?.case !== "summary") {
    throw new Error(`no summary: ${JSON.stringify(seen.operation.failure)}`);
  }
  const { changes, outputs, secretOutputs } = last.value;
  return { changes, outputs, secret: secretOutputs };
}

async function locks(): Promise<readonly string[]> {
  const place = join(backend, ".pulumi", "locks");
  const entries = await readdir(place, { recursive: true }).catch(() => []);
  return entries.filter((name) => name.endsWith(".json"));
}

async function leftFolders(): Promise<readonly string[]> {
  return await readdir(join(stateFolder, "operations")).catch(() => []);
}

/** Files below `folder` with `text` in them; what links lead to is elsewhere. */
async function filesWith(text: string, folder: string): Promise<readonly string[]> {
  const names = await run("grep", ["--recursive", "--files-with-matches", text, folder]).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      // 1 means that nothing was found (grep(1)).
      if (error instanceof Error && "code" in error && error.code === 1) {
        return "";
      }
      throw error;
    },
  );
  return names.split("\n").filter((name) => name !== "");
}

/** Begins an update that takes its time, and waits until its program runs. */
async function beginSlowUpdate(): Promise<{
  readonly operationId: string;
  readonly printed: string;
  readonly ended: Promise<OperationState>;
}> {
  const asked = await request("pulumi.up", slowProgram);
  const events = installation.administrator.running(asked);
  const seen: { operationId: string; printed: string; state: OperationState } = {
    operationId: "",
    printed: "",
    state: OperationState.UNSPECIFIED,
  };
  const ended = (async () => {
    for await (const { event } of events) {
      if (event.case === "operation") {
        seen.operationId = event.value.id;
        seen.state = event.value.state;
      } else if (event.case === "item") {
        const item = fromBinary(PulumiEventSchema, event.value).event;
        seen.printed += item.case === "diagnostic" ? item.value.message : "";
      }
    }
    return seen.state;
  })();
  await eventually(() => seen.printed.includes("it runs with"), "the program");
  return { operationId: seen.operationId, printed: seen.printed, ended };
}

test("a stack is previewed, updated, refreshed and destroyed by the runner, through the tunnel", async () => {
  const preview = await operate("pulumi.preview", yamlProgram);
  expect(summaryOf(preview).changes).toEqual({ create: 1 });
  const stacks = await readdir(join(backend, ".pulumi", "stacks", "demo")).catch(() => []);
  expect(stacks.filter((name) => name === "dev.json")).toEqual([]);

  const up = await operate("pulumi.up", yamlProgram);
  expect(up.operation.state).toBe(OperationState.SUCCEEDED);
  expect(summaryOf(up)).toEqual({
    changes: { create: 1 },
    outputs: { hello: '"hi"' },
    secret: ["hidden"],
  });
  expect(eventsOf(up).map(({ sequence }) => sequence)).toEqual(
    eventsOf(up).map((_, index) => index + 1),
  );
  expect(summaryOf(await operate("pulumi.up", yamlProgram)).changes).toEqual({ same: 1 });
  expect(summaryOf(await operate("pulumi.refresh", yamlProgram)).changes).toEqual({ same: 1 });
  const destroy = await operate("pulumi.destroy", yamlProgram, { removeStack: true });
  expect(summaryOf(destroy).changes).toEqual({ delete: 1 });
  expect(await leftFolders()).toEqual([]);
});

test("a program is taken from a Git repository at a commit", async () => {
  const repository = await makeTestRepository(join(installation.directory, "repository"));
  const file = join(repository.folder, "program", "Pulumi.yaml");
  await mkdir(dirname(file));
  await writeFile(file, yamlProgram["Pulumi.yaml"]);
  const commit = await repository.commitAll();
  await writeFile(file, "name: other\nruntime: none\n");
  await repository.commitAll();
  const source: StackInput["source"] = {
    source: { case: "git", value: { url: `file://${repository.folder}`, commit } },
    folder: "program",
  };
  const preview = await operate("pulumi.preview", {}, { stack: "git", source });
  expect(summaryOf(preview).changes).toEqual({ create: 1 });
  const gone = {
    case: "git" as const,
    value: { url: `file://${repository.folder}`, commit: "0".repeat(40) },
  };
  const failed = await operate("pulumi.preview", {}, { stack: "git", source: { source: gone } });
  expect(failed.operation.failure?.code).toBe("pulumi.source_invalid");
});

test("a program that fails says why, with the secrets that it printed masked", async () => {
  const seen = await operate("pulumi.up", failingProgram);
  expect(seen.operation.failure?.code).toBe("pulumi.update_failed");
  expect(seen.operation.failure?.message).toContain("it went wrong with [secret]");
  expect(JSON.stringify(eventsOf(seen).map(({ event }) => event.value))).not.toContain("canary");
});

test("an update that expects no changes and finds some ends with that failure", async () => {
  const program = {
    ...yamlProgram,
    "Pulumi.yaml": yamlProgram["Pulumi.yaml"].replace("demo", "strict"),
  };
  const seen = await operate("pulumi.preview", program, { expectNoChanges: true });
  expect(seen.operation.failure?.code).toBe("pulumi.changes_found");
});

test("an update that is canceled is interrupted in order and leaves no lock behind", async () => {
  const update = await beginSlowUpdate();
  expect((await locks()).length).toBe(1);
  await installation.administrator.call(cancelOperation, {
    organization: "acme",
    operationId: update.operationId,
  });
  expect(await update.ended).toBe(OperationState.CANCELED);
  await eventually(async () => (await locks()).length === 0, "the end of the lock");
  await eventually(async () => (await leftFolders()).length === 0, "the end of the folder");
});

test("a stack that is being updated is locked for others, until the lock is canceled", async () => {
  const update = await beginSlowUpdate();
  const other = await operate("pulumi.up", slowProgram);
  expect(other.operation.failure).toMatchObject({ code: "pulumi.stack_locked", retriable: true });
  const cancel = async (stack: string): Promise<SeenOperation> =>
    await installation.administrator.run({
      organization: "acme",
      connection: "state",
      kind: "pulumi.cancel",
      input: inputOf(PulumiCancelInputSchema, { project: "slow", stack }),
    });
  const wasLocked = async (): Promise<boolean> =>
    fromBinary(PulumiCancelOutputSchema, (await cancel("dev")).output).wasLocked;
  expect(await wasLocked()).toBe(true);
  expect(await wasLocked()).toBe(false);
  expect((await cancel("none")).operation.failure?.code).toBe("cloud.not_found");
  await installation.administrator.call(cancelOperation, {
    organization: "acme",
    operationId: update.operationId,
  });
  await update.ended;
});

test("Cloud provider secrets and state-backend passwords are resolved at the moment of use, and never written down by the runner.", async () => {
  // At the moment of use: a new value is used by the next operation.
  const mark = async (): Promise<unknown> => {
    const seen = await operate("pulumi.preview", markingProgram, { stack: "mark" });
    return summaryOf(seen).outputs;
  };
  expect(await mark()).toEqual({ mark: JSON.stringify(sha256(environmentSecret)) });
  const newer = "canary-environment-newer";
  await installation.administrator.call(SecretService.method.addSecretVersion, {
    organization: "acme",
    secret: "environment",
    value: newer,
  });
  expect(await mark()).toEqual({ mark: JSON.stringify(sha256(newer)) });
  const update = await beginSlowUpdate();
  expect(update.printed).toContain("it runs with [secret] and [secret]");
  // On the disk of the runner, in the backend, and in the control plane's store with its audit, while everything runs.
  for (const folder of [stateFolder, backend, installation.dataDirectory]) {
    expect(await filesWith("canary-", folder)).toEqual([]);
  }
  // In no argument list of any process, and not in the runner's own environment.
  for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    expect(line.includes("canary-passphrase") || line.includes("canary-token")).toBe(false);
  }
  expect(await readFile(`/proc/${runner.pid}/environ`, "utf8")).not.toContain("canary-");
  expect(runner.output + runner.errors + installation.controlPlane.output).not.toContain("canary-");
  await installation.administrator.call(cancelOperation, {
    organization: "acme",
    operationId: update.operationId,
  });
  await update.ended;
});

test("a runner that is stopped interrupts its update when the time to drain is over, and leaves no lock", async () => {
  const update = await beginSlowUpdate();
  expect(await runner.stop("SIGTERM")).toEqual({ code: 70, signal: null });
  expect(await update.ended).toBe(OperationState.FAILED);
  expect(await locks()).toEqual([]);
  expect(await leftFolders()).toEqual([]);
  await startRunner();
});

test("what a killed runner was doing is interrupted and swept away by the next one", async () => {
  const update = await beginSlowUpdate();
  await runner.stop("SIGKILL");
  expect(await update.ended).toBe(OperationState.FAILED);
  expect((await leftFolders()).length).toBe(1);
  await startRunner();
  expect(await locks()).toEqual([]);
  expect(await leftFolders()).toEqual([]);
});

test("a runner without a policy file runs no program of a caller's", async () => {
  await runner.stop();
  const { HOLDFAST_POLICY_FILE: _, ...withoutPolicy } = runnerEnvironment;
  runner = await installation.connectRunner(credentials, "runner", withoutPolicy);
  for (const kind of ["pulumi.preview", "pulumi.up", "pulumi.destroy"]) {
    const { failure } = (await operate(kind, yamlProgram)).operation;
    expect(failure?.code).toBe("policy.refused");
    expect(failure?.message).toContain("no rule allows it");
  }
});
