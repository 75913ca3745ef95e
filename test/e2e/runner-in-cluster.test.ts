import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type DescMessage, fromBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  type OperationFailure,
  OperationService,
  OperationState,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import {
  KubernetesDeploymentsListInputSchema,
  KubernetesNamespacesListInputSchema,
  KubernetesPodsGetInputSchema,
  KubernetesPodsGetOutputSchema,
  KubernetesPodsListInputSchema,
  KubernetesPodsListOutputSchema,
  KubernetesPodsLogsInputSchema,
  KubernetesPodsLogsItemSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import {
  PulumiEventSchema,
  PulumiStackInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { buildImages, runnerImage, runnerPulumiImage } from "../../tools/image/build.ts";
import { isRoot } from "../../tools/parts/environment.ts";
import { progressToStandardError as progress } from "../../tools/parts/progress.ts";
import { archiveOf } from "../support/archive-of.ts";
import { inputOf, type SeenOperation, TestInstallation } from "../support/e2e-harness.ts";
import { startGitServer } from "../support/git-server.ts";
import {
  type RunnerPod,
  restrictedContainer,
  restrictedNamespace,
  restrictedPod,
  runnerManifests,
} from "../support/runner-manifests.ts";
import { makeTestRepository } from "../support/test-repository.ts";

const run = promisify(execFile);

/** Only root can run a node with pods. */
const inCluster = describe.runIf(isRoot());

let cluster: Cluster;
let installation: TestInstallation;

async function kubectl(...args: readonly string[]): Promise<string> {
  const kubeconfig = `--kubeconfig=${cluster.adminKubeconfigPath}`;
  return (await run(cluster.kubectl, [kubeconfig, ...args])).stdout;
}

async function apply(objects: readonly object[]): Promise<void> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  const child = run(cluster.kubectl, [
    `--kubeconfig=${cluster.adminKubeconfigPath}`,
    "apply",
    "--filename=-",
  ]);
  child.child.stdin?.end(JSON.stringify(list));
  await child;
}

async function waitUntilReady(namespace: string, pod: string): Promise<void> {
  try {
    await kubectl(
      "wait",
      "--for=condition=Ready",
      `pod/${pod}`,
      `--namespace=${namespace}`,
      "--timeout=90s",
    );
  } catch (error) {
    const log = await kubectl("logs", pod, `--namespace=${namespace}`).catch(String);
    const state = await kubectl("get", "pod", pod, `--namespace=${namespace}`, "--output=yaml");
    throw new Error(`the pod ${pod} is not ready:\n${log}\n${state}`, { cause: error });
  }
}

/** A pod that prints a line again and again. */
function talkingPod(namespace: string, name: string): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels: { app: "talker" } },
    spec: {
      securityContext: restrictedPod,
      automountServiceAccountToken: false,
      containers: [
        {
          name: "talker",
          image: runnerImage,
          imagePullPolicy: "Never",
          command: ["/usr/bin/node", "--eval", "setInterval(() => console.log('still here'), 100)"],
          env: [{ name: "CANARY", value: "canary-of-a-pod" }],
          securityContext: restrictedContainer,
        },
      ],
    },
  };
}

inCluster("a runner as a pod", () => {
  beforeAll(async () => {
    const [images, started] = await Promise.all([
      buildImages({ progress }),
      startCluster({ progress }),
    ]);
    cluster = started;
    installation = await TestInstallation.open({
      HOLDFAST_LISTEN_HOST: cluster.hostAddress,
      HOLDFAST_SERVER_NAMES: `localhost,127.0.0.1,${cluster.hostAddress}`,
    });
    await cluster.importImage(images.runnerArchive);
    await cluster.importImage(images.pulumiArchive);
    await installation.makeOrganization("acme");
    await apply([
      restrictedNamespace("holdfast"),
      restrictedNamespace("team"),
      restrictedNamespace("others"),
    ]);
    await apply([talkingPod("team", "talker"), talkingPod("others", "talker")]);
    await startRunner("runner", runnerImage, { mayRead: "team" });
    await installation.makeConnection({
      organization: "acme",
      name: "cluster",
      provider: Provider.KUBERNETES,
      mode: AuthenticationMode.RUNNER_DELEGATED,
      runner: "runner",
    });
    await waitUntilReady("team", "talker");
    await waitUntilReady("holdfast", "runner");
  });

  afterAll(async () => {
    await installation.close();
    await cluster.stop();
  });

  async function startRunner(
    name: string,
    image: string,
    more: Pick<RunnerPod, "mayRead" | "policy" | "authoritiesPem">,
  ): Promise<void> {
    await installation.makeRunner("acme", name);
    const credentials = formatCredentialsFile(await installation.generate("acme", name));
    await apply(runnerManifests({ namespace: "holdfast", name, image, credentials, ...more }));
  }

  async function operate<Schema extends DescMessage>(
    kind: string,
    schema: Schema,
    input: MessageInitShape<Schema>,
  ): Promise<SeenOperation> {
    return await installation.administrator.run({
      organization: "acme",
      connection: "cluster",
      kind,
      input: inputOf(schema, input),
    });
  }

  async function failureOf(seen: Promise<SeenOperation>): Promise<OperationFailure | undefined> {
    return (await seen).operation.failure;
  }

  test("runner-delegated: a request carries no credential material at all; the runner uses the identity of the place it runs in.", async () => {
    const { operation, output } = await operate(
      "kubernetes.pods.list",
      KubernetesPodsListInputSchema,
      { namespace: "team", labelSelector: "app=talker" },
    );
    expect(operation.failure?.message).toBeUndefined();
    const { pods } = fromBinary(KubernetesPodsListOutputSchema, output);
    expect(pods).toMatchObject([
      {
        namespace: "team",
        name: "talker",
        phase: "Running",
        labels: { app: "talker" },
        containers: [{ name: "talker", ready: true, state: "running", image: runnerImage }],
      },
    ]);
    // What a container was given stays where it is.
    expect(Buffer.from(output).toString("latin1")).not.toContain("canary-of-a-pod");
  });

  test("the runner lists the pods that it is allowed to and none else, and names what is missing", async () => {
    const list = async (namespace: string): Promise<OperationFailure | undefined> =>
      await failureOf(
        operate("kubernetes.pods.list", KubernetesPodsListInputSchema, { namespace }),
      );
    expect(await list("others")).toMatchObject({ code: "cloud.permission_denied" });
    const { message } = (await list("others")) ?? { message: "" };
    expect(message).toContain('User "system:serviceaccount:holdfast:runner" cannot list');
    expect(message).toContain('in the namespace "others"');
    expect((await list(""))?.code).toBe("cloud.permission_denied");
    const namespaces = operate(
      "kubernetes.namespaces.list",
      KubernetesNamespacesListInputSchema,
      {},
    );
    expect((await failureOf(namespaces))?.message).toContain('cannot list resource "namespaces"');
    const deployments = operate(
      "kubernetes.deployments.list",
      KubernetesDeploymentsListInputSchema,
      { namespace: "team" },
    );
    expect((await failureOf(deployments))?.message).toContain('cannot list resource "deployments"');
  });

  test("one pod is read, and one that is not there is missing", async () => {
    const get = async (name: string): Promise<SeenOperation> =>
      await operate("kubernetes.pods.get", KubernetesPodsGetInputSchema, {
        namespace: "team",
        name,
      });
    const { pod } = fromBinary(KubernetesPodsGetOutputSchema, (await get("talker")).output);
    expect(pod?.podIp).toMatch(/^198\.18\./);
    const missing = await failureOf(get("nobody"));
    expect(missing?.code).toBe("cloud.not_found");
    expect(missing?.message).toContain('pods "nobody" not found');
  });

  test("what the API server does not take comes back as the caller's own mistake", async () => {
    const list = operate("kubernetes.pods.list", KubernetesPodsListInputSchema, {
      namespace: "team",
      labelSelector: "===",
    });
    expect((await failureOf(list))?.code).toBe("operation.input_invalid");
  });

  test("a log is followed until the operation is canceled", async () => {
    const events = installation.administrator.running({
      organization: "acme",
      connection: "cluster",
      kind: "kubernetes.pods.logs",
      input: inputOf(KubernetesPodsLogsInputSchema, {
        namespace: "team",
        name: "talker",
        follow: true,
        tailLines: 1,
      }),
    });
    let text = "";
    let state: OperationState = OperationState.UNSPECIFIED;
    let isCanceled = false;
    for await (const { event } of events) {
      if (event.case === "operation") {
        state = event.value.state;
      }
      if (event.case === "item") {
        const { content } = fromBinary(KubernetesPodsLogsItemSchema, event.value);
        text += Buffer.from(content).toString();
      }
      // More lines than were there at the start: they came while it was followed.
      if (text.split("\n").length > 5 && !isCanceled) {
        isCanceled = true;
        const { operations } = await installation.administrator.call(
          OperationService.method.listOperations,
          { organization: "acme", kind: "kubernetes.pods.logs" },
        );
        await installation.administrator.call(OperationService.method.cancelOperation, {
          organization: "acme",
          operationId: operations[0]?.id ?? "",
        });
      }
    }
    expect(state).toBe(OperationState.CANCELED);
    expect(new Set(text.trim().split("\n"))).toEqual(new Set(["still here"]));
  });

  test("the log of a pod elsewhere is refused", async () => {
    const logs = operate("kubernetes.pods.logs", KubernetesPodsLogsInputSchema, {
      namespace: "others",
      name: "talker",
    });
    expect((await failureOf(logs))?.code).toBe("cloud.permission_denied");
  });

  /** Runs a line of JavaScript in the runner's container. */
  async function inContainer(script: string): Promise<string> {
    const command = ["exec", "runner", "--namespace=holdfast", "--", "/usr/bin/node", "--eval"];
    return (await kubectl(...command, script)).trim();
  }

  test("the runner is nobody, on a root that it cannot write, without a shell, and listens on nothing", async () => {
    const facts: unknown = JSON.parse(
      await inContainer(`
        const fs = require("node:fs");
        const attempt = (path) => { try { fs.writeFileSync(path, "x"); return "written"; } catch (error) { return error.code; } };
        const listening = ["tcp", "tcp6"].flatMap((kind) => fs.readFileSync("/proc/net/" + kind, "utf8").trim().split("\\n").slice(1)).filter((line) => line.trim().split(/\\s+/)[3] === "0A");
        const shells = ["/bin/sh", "/bin/bash", "/usr/bin/sh", "/bin/busybox"].filter((path) => fs.existsSync(path));
        console.log(JSON.stringify({ user: process.getuid(), root: attempt("/canary"), tmp: attempt("/tmp/canary"), listening, shells }));
      `),
    );
    expect(facts).toEqual({
      user: 65_532,
      root: "EROFS",
      tmp: "written",
      listening: [],
      shells: [],
    });
  });

  test("health by exec tells what the last real round trip found", async () => {
    const command = ["exec", "runner", "--namespace=holdfast", "--", "/usr/bin/holdfast-runner"];
    const answer: unknown = JSON.parse(await kubectl(...command, "health", "--json"));
    expect(answer).toMatchObject({ healthy: true, code: "ok" });
  });

  test("an image with the Pulumi CLI previews and updates a stack, in a pod that is just as restricted", async () => {
    const policy =
      "version: 1\nrules: [{name: stacks, decision: allow, operations: ['pulumi.*']}]\n";
    await startRunner("stacks", runnerPulumiImage, {
      policy,
      authoritiesPem: installation.trustPem,
    });
    await waitUntilReady("holdfast", "stacks");
    await installation.administrator.call(SecretService.method.createSecret, {
      organization: "acme",
      name: "passphrase",
      value: "canary-passphrase",
    });
    await installation.makeConnection({
      organization: "acme",
      name: "state",
      provider: Provider.PULUMI,
      mode: AuthenticationMode.RUNNER_DELEGATED,
      runner: "stacks",
      settings: {
        pulumi: {
          backendUrl: "file:///tmp",
          passphrase: { source: { case: "secret", value: "passphrase" } },
        },
      },
    });
    const programs = {
      yaml: { "Pulumi.yaml": "name: yaml\nruntime: yaml\noutputs: { hello: world }\n" },
      nodejs: {
        "Pulumi.yaml": "name: nodejs\nruntime: nodejs\nmain: index.mjs\n",
        "index.mjs": 'import "@pulumi/pulumi";\nexport const hello = "world";\n',
      },
    };
    for (const program of Object.values(programs)) {
      const { operation, items } = await installation.administrator.run({
        organization: "acme",
        connection: "state",
        kind: "pulumi.up",
        deadlineMs: 120_000,
        input: inputOf(PulumiStackInputSchema, {
          stack: "dev",
          source: { source: { case: "archive", value: await archiveOf(program) } },
        }),
      });
      expect(operation.failure?.message).toBeUndefined();
      const last = items.map((item) => fromBinary(PulumiEventSchema, item)).at(-1);
      expect(last?.event).toMatchObject({
        case: "summary",
        value: { outputs: { hello: '"world"' } },
      });
    }
  });

  test("a program comes from a repository over HTTPS, with a password by reference, where there is no shell", async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-git-"));
    onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
    const repository = await makeTestRepository(join(folder, "program"));
    await writeFile(
      join(repository.folder, "Pulumi.yaml"),
      "name: cloned\nruntime: yaml\noutputs: { hello: world }\n",
    );
    const commit = await repository.commitAll();
    const server = await startGitServer({
      folder,
      host: cluster.hostAddress,
      ...(await installation.serverCertificate()),
      login: "reader:canary-password",
    });
    onTestFinished(server.close);
    await installation.administrator.call(SecretService.method.createSecret, {
      organization: "acme",
      name: "repository-password",
      value: "canary-password",
    });
    const preview = async (password: string): Promise<SeenOperation> =>
      await installation.administrator.run({
        organization: "acme",
        connection: "state",
        kind: "pulumi.preview",
        deadlineMs: 120_000,
        input: inputOf(PulumiStackInputSchema, {
          stack: "cloned",
          source: {
            source: {
              case: "git",
              value: {
                url: `${server.url}/program`,
                commit,
                username: "reader",
                password: { source: { case: "secret", value: password } },
              },
            },
          },
        }),
      });
    expect((await preview("repository-password")).operation.failure?.message).toBeUndefined();
    const refused = (await preview("passphrase")).operation.failure;
    expect(refused?.code).toBe("pulumi.source_invalid");
    expect(refused?.message).not.toContain("canary");
  });

  test("a pod that is deleted ends in order", async () => {
    const log = kubectl("logs", "runner", "--namespace=holdfast", "--follow");
    await kubectl("delete", "pod", "runner", "--namespace=holdfast");
    expect(await log).toContain('"message":"runner ended"');
  });
});
