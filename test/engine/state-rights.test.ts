import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import {
  AuthenticationMode,
  ConnectionSettingsSchema,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  PulumiCancelInputSchema,
  PulumiSourceSchema,
  PulumiStackInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { OpenConnectionSchema } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { catalog } from "@holdfast/protocol/operations/catalog.ts";
import { ChildSessions } from "@holdfast/runner/children/child-sessions.ts";
import type { OperationHandler } from "@holdfast/runner/operations/operation.ts";
import { pulumiHandlers } from "@holdfast/runner/operations/pulumi/stack-handlers.ts";
import { awsPolicy } from "holdfast/least-privilege/aws-policy.ts";
import type { PolicyDocument } from "holdfast/least-privilege/policy-document.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { progressToStandardError } from "../../tools/parts/progress.ts";
import { providePulumiCli } from "../../tools/parts/pulumi-cli.ts";
import { providePulumiYaml } from "../../tools/parts/pulumi-yaml.ts";
import { archiveOf } from "../support/archive-of.ts";
import { decide } from "../support/iam-policy/decide.ts";
import { type S3Judge, type S3Server, startS3Server } from "../support/s3-server.ts";

const bucket = "acme-state";
const prefix = "team";
const stateBackend = { bucket, prefix };

const caller = {
  kind: "role session",
  roleArn: "arn:aws:iam::111122223333:role/runner",
  roleId: "AROAEXAMPLE",
  sessionName: "runner",
} as const;

let folder = "";
let server: S3Server;
let handlers: ReadonlyMap<string, OperationHandler>;
let archive: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const cli = await providePulumiCli(progressToStandardError);
  const yaml = await providePulumiYaml(progressToStandardError);
  folder = await mkdtemp(join(tmpdir(), "holdfast-state-rights-"));
  server = await startS3Server(bucket);
  const program = "name: demo\nruntime: yaml\noutputs: { hello: world }\n";
  archive = new Uint8Array(await archiveOf({ "Pulumi.yaml": program }));
  const made = pulumiHandlers({
    settings: {
      root: cli.root,
      languageHosts: [dirname(yaml.binary)],
      modules: undefined,
      acquirePlugins: false,
    },
    stateFolder: folder,
    clock: new SystemClock(),
    sessions: new ChildSessions(),
  });
  handlers = new Map(made.map((handler) => [handler.kind, handler]));
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  server.objects.clear();
  server.judge = () => true;
});

let operations = 0;

/** Runs an operation as a runner does, with the real CLI. */
async function run(kind: string, input: Uint8Array): Promise<void> {
  operations += 1;
  const literal = (value: string) => ({ source: { case: "literal" as const, value } });
  const settings: MessageInitShape<typeof ConnectionSettingsSchema> = {
    pulumi: {
      backendUrl: `s3://${bucket}/${prefix}?region=eu-west-1&endpoint=http://127.0.0.1:${server.port}&use_path_style=true`,
      passphrase: literal("of the test"),
      environment: {
        AWS_ACCESS_KEY_ID: literal("AKIAEXAMPLE"),
        AWS_SECRET_ACCESS_KEY: literal("example"),
        AWS_EC2_METADATA_DISABLED: literal("true"),
      },
    },
  };
  const nothing = async (): Promise<void> => await Promise.resolve();
  await handlers.get(kind)?.run(
    input,
    {
      operationId: `op_${String(operations).padStart(22, "0")}`,
      connection: create(OpenConnectionSchema, {
        provider: Provider.PULUMI,
        mode: AuthenticationMode.RUNNER_DELEGATED,
        settings: create(ConnectionSettingsSchema, settings),
      }),
      references: {
        resolve: async (references) =>
          await Promise.resolve(
            references.map(({ source }) => ({
              value: new Secret(source.case === "literal" ? source.value : ""),
              isSecret: false,
            })),
          ),
      },
      signal: new AbortController().signal,
      log: silentLog,
      openCredentials: async () => await Promise.resolve(new Secret("")),
    },
    { item: nothing, output: nothing },
  );
}

const stackInput = (changes: MessageInitShape<typeof PulumiStackInputSchema> = {}) =>
  toBinary(
    PulumiStackInputSchema,
    create(PulumiStackInputSchema, {
      stack: "dev",
      source: create(PulumiSourceSchema, { source: { case: "archive", value: archive } }),
      ...changes,
    }),
  );

const cancelInput = () =>
  toBinary(
    PulumiCancelInputSchema,
    create(PulumiCancelInputSchema, { project: "demo", stack: "dev" }),
  );

/** Whether a policy allows a request. */
function judgeBy(policy: PolicyDocument): S3Judge {
  return ({ action, resource, context }) =>
    decide({ caller, action, resource, context }, { identity: [policy] }).allowed;
}

/** Makes the stack, with every right. */
async function makeStack(): Promise<void> {
  server.judge = () => true;
  await run("pulumi.up", stackInput());
}

/** Leaves a lock behind, as an update that was killed does. */
function leaveLock(): void {
  const place = `${prefix}/.pulumi/locks/organization/demo/dev/0.json`;
  server.objects.set(place, JSON.stringify({ pid: 1, username: "a", hostname: "b" }));
}

/** Everything that an operation can come to do to its backend. */
const scenes: Readonly<Record<string, () => Promise<void>>> = {
  "pulumi.preview": async () => {
    await run("pulumi.preview", stackInput());
    const { judge } = server;
    await makeStack();
    server.judge = judge;
    await run("pulumi.preview", stackInput());
  },
  "pulumi.up": async () => {
    await run("pulumi.up", stackInput());
    await run("pulumi.up", stackInput());
  },
  "pulumi.refresh": async () => await run("pulumi.refresh", stackInput()),
  "pulumi.destroy": async () => {
    await run("pulumi.destroy", stackInput());
    await run("pulumi.destroy", stackInput({ removeStack: true }));
  },
  "pulumi.cancel": async () => {
    leaveLock();
    await run("pulumi.cancel", cancelInput());
    expect([...server.objects.keys()].filter((key) => key.includes("/locks/"))).toEqual([]);
  },
};

/** Operations on a stack that is there already. */
const onExisting = new Set(["pulumi.refresh", "pulumi.destroy", "pulumi.cancel"]);

test("every operation on stacks is tried", () => {
  const kinds = [...catalog.values()].filter(({ provider }) => provider === Provider.PULUMI);
  expect(Object.keys(scenes).toSorted()).toEqual(kinds.map(({ kind }) => kind).toSorted());
});

test.each(Object.keys(scenes))(
  "the policy of %s is what it asks of S3, and nothing else",
  async (kind) => {
    if (onExisting.has(kind)) {
      await makeStack();
    }
    const policy = awsPolicy({ operations: [kind], stateBackend });
    const judge = judgeBy(policy);
    const refused: string[] = [];
    const asked: { readonly action: string; readonly resource: string }[] = [];
    server.judge = (request) => {
      const isAllowed = judge(request);
      asked.push(request);
      if (!isAllowed) {
        refused.push(`${request.action} ${request.resource} ${JSON.stringify(request.context)}`);
      }
      return isAllowed;
    };
    await scenes[kind]?.();
    expect(refused).toEqual([]);
    // Each right by itself was used; parts of an upload are given up only when it fails.
    const unused = policy.Statement.flatMap(({ Action, Resource, ...rest }) =>
      Action.filter((action) => action !== "s3:AbortMultipartUpload").flatMap((action) =>
        Resource.filter((resource) => {
          const alone = judgeBy({
            Version: "2012-10-17",
            Statement: [{ ...rest, Action: [action], Resource: [resource] }],
          });
          return !asked.some((each) => alone({ context: {}, ...each }));
        }).map((resource) => `${action} ${resource}`),
      ),
    );
    expect(unused).toEqual([]);
  },
);

test("the policy of one operation does not do for one that needs more", async () => {
  await makeStack();
  server.judge = judgeBy(awsPolicy({ operations: ["pulumi.cancel"], stateBackend }));
  await expect(run("pulumi.up", stackInput())).rejects.toMatchObject({
    code: "pulumi.update_failed",
  });
  server.judge = judgeBy(awsPolicy({ operations: ["pulumi.up"], stateBackend: { bucket } }));
  await expect(run("pulumi.up", stackInput())).rejects.toMatchObject({
    code: "pulumi.update_failed",
  });
});
