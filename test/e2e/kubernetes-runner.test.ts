import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  AuthenticationMode,
  ConnectionService,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { OperationFailure } from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { KubernetesPodsListInputSchema } from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { Provider as ConnectionProvider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { runnerKubernetes } from "@holdfast/stacks/runner-kubernetes/runner-kubernetes.ts";
import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { KubernetesTargetAccess } from "holdfast/cross-account/kubernetes-target-access.ts";
import { KubernetesRunner } from "holdfast/kubernetes-runner/kubernetes-runner.ts";
import type { KubernetesRunnerArgs } from "holdfast/kubernetes-runner/kubernetes-runner-args.ts";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Cluster, startCluster } from "../../tools/cluster/cluster.ts";
import { buildImages } from "../../tools/image/build.ts";
import { isRoot } from "../../tools/parts/environment.ts";
import { progressToStandardError as progress } from "../../tools/parts/progress.ts";
import { providePulumiKubernetes } from "../../tools/parts/pulumi-kubernetes.ts";
import { makeStack, pulumiRoot, type TestStack } from "../engine/engine-world.ts";
import { inputOf, TestInstallation } from "../support/e2e-harness.ts";
import { startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { restrictedNamespace } from "../support/runner-manifests.ts";
import { pinImage } from "./pinned-image.ts";

const run = promisify(execFile);

/** Only root can run a node with pods. */
const inCluster = describe.runIf(isRoot());

let cluster: Cluster;
let installation: TestInstallation;
let image: string;
let kubeconfig: string;
let plugin: string;

async function kubectl(...args: readonly string[]): Promise<string> {
  const identity = `--kubeconfig=${cluster.adminKubeconfigPath}`;
  return (await run(cluster.kubectl, [identity, ...args])).stdout;
}

/** Creates objects; answers with one field of each as the API server returned them. */
async function create(objects: readonly object[], field: string): Promise<readonly string[]> {
  const list = { apiVersion: "v1", kind: "List", items: objects };
  const child = run(cluster.kubectl, [
    `--kubeconfig=${cluster.adminKubeconfigPath}`,
    "create",
    "--filename=-",
    `--output=jsonpath={${field}}{"\\n"}`,
  ]);
  child.child.stdin?.end(JSON.stringify(list));
  return (await child).stdout.trim().split("\n");
}

/** Asks the API server itself what somebody may do; answers with what is allowed. */
async function allowed(
  user: string,
  questions: readonly (readonly [verb: string, resource: string, namespace: string])[],
): Promise<readonly string[]> {
  const reviews = questions.map(([verb, resource, namespace]) => {
    const [name = "", subresource] = resource.split("/");
    const group = name === "deployments" ? "apps" : "";
    return {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: {
        user,
        resourceAttributes: { verb, group, resource: name, subresource, namespace },
      },
    };
  });
  const answers = await create(reviews, ".status.allowed");
  expect(answers).toHaveLength(questions.length);
  return questions.flatMap(([verb, resource, namespace], index) =>
    answers[index] === "true" ? [`${verb} ${resource} in ${namespace}`] : [],
  );
}

/** What runners shall never be able to do, and what one of another namespace may. */
function forbidden(namespace: string, other: string) {
  return [
    ["get", "secrets", namespace],
    ["list", "secrets", namespace],
    ["create", "pods", namespace],
    ["delete", "pods", namespace],
    ["watch", "pods", namespace],
    ["create", "pods/exec", namespace],
    ["create", "serviceaccounts/token", namespace],
    ["patch", "deployments", namespace],
    ["list", "configmaps", namespace],
    ["list", "pods", other],
    ["list", "pods", ""],
    ["list", "nodes", ""],
  ] as const;
}

/** Names of all objects in a namespace but those that come and go by themselves. */
async function everythingIn(namespace: string): Promise<readonly string[]> {
  const kinds = await kubectl("api-resources", "--verbs=list", "--namespaced", "--output=name");
  const listed = kinds
    .trim()
    .split("\n")
    .filter((kind) => !kind.startsWith("events"));
  const names = await kubectl("get", listed.join(","), `--namespace=${namespace}`, "--output=name");
  return names.trim().split("\n");
}

async function newStack(environment: Readonly<Record<string, string>> = {}): Promise<TestStack> {
  return await makeStack({
    environment,
    plugins: [
      { name: "kubernetes", path: dirname(plugin) },
      { name: "holdfast", path: join(import.meta.dirname, "../../components/bin") },
    ],
  });
}

/** Configures the program `runner-kubernetes`: what a user writes into `Pulumi.NAME.yaml`. */
async function configure(
  { stack }: TestStack,
  values: Readonly<Record<string, string>>,
): Promise<void> {
  const all = {
    endpoint: installation.apiEndpoint,
    caCertificateFile: join(installation.dataDirectory, "authority/root.pem"),
    apiKeyFile: join(installation.dataDirectory, "administrator-key"),
    organization: "acme",
    image,
    kubeconfigFile: cluster.adminKubeconfigPath,
    ...values,
  };
  await stack.setAllConfig(
    Object.fromEntries(Object.entries(all).map(([key, value]) => [`holdfast:${key}`, { value }])),
  );
}

function runnerProgram(args: Partial<KubernetesRunnerArgs>): pulumi.automation.PulumiFn {
  return async () => {
    const provider = new Provider("cluster", { kubeconfig });
    const runner = new KubernetesRunner(
      "prod",
      { image, namespace: "default", cpuMillicores: 100, memoryMebibytes: 192, ...args },
      { providers: [provider] },
    );
    const { identityPrincipal, secretReference, workloadName, credentialsFingerprint } = runner;
    return { identityPrincipal, secretReference, workloadName, credentialsFingerprint };
  };
}

let places = 0;

/** A name for a runner and its namespace, another one each time: a test that is tried again finds nothing old. */
function newPlace(): string {
  places += 1;
  return `place-${places}`;
}

/** A namespace that was there before the runner. */
async function newNamespace(): Promise<string> {
  const [name = ""] = await create([restrictedNamespace(newPlace())], ".metadata.name");
  return name;
}

/** Makes a connection through a runner, with its name. */
async function connect(runner: string): Promise<void> {
  await installation.makeConnection({
    organization: "acme",
    name: runner,
    provider: ConnectionProvider.KUBERNETES,
    mode: AuthenticationMode.RUNNER_DELEGATED,
    runner,
  });
}

/** Lists the pods of a namespace through a connection; answers with the failure, if it is one. */
async function listPods(
  connection: string,
  namespace: string,
): Promise<OperationFailure | undefined> {
  const { operation } = await installation.administrator.run({
    organization: "acme",
    connection,
    kind: "kubernetes.pods.list",
    input: inputOf(KubernetesPodsListInputSchema, { namespace }),
  });
  return operation.failure;
}

inCluster("a runner that Pulumi deploys to a cluster", () => {
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), "holdfast-pinned-"));
    const [{ runnerArchive }, started, { binary }] = await Promise.all([
      buildImages({ progress }),
      startCluster({ progress, name: "kubernetes-runner" }),
      providePulumiKubernetes(progress),
      pulumiRoot(),
    ]);
    cluster = started;
    plugin = binary;
    kubeconfig = await readFile(cluster.adminKubeconfigPath, "utf8");
    const pinned = await pinImage(runnerArchive, "localhost/holdfast-runner", folder);
    image = pinned.reference;
    await cluster.importImage(pinned.archive);
    await rm(folder, { recursive: true, force: true });
    installation = await TestInstallation.open({
      HOLDFAST_LISTEN_HOST: cluster.hostAddress,
      HOLDFAST_SERVER_NAMES: `localhost,127.0.0.1,${cluster.hostAddress}`,
    });
    await installation.makeOrganization("acme");
  });

  afterAll(async () => {
    await installation.close();
    await cluster.stop();
  });

  test("it works with exactly the rights that it was given, as the level restricted admits it, and goes without a trace", async () => {
    const place = newPlace();
    const other = await newNamespace();
    const stack = await newStack();
    await installation.makeRunner("acme", place);
    await connect(place);
    const program = runnerProgram({
      credentials: formatCredentialsFile(await installation.generate("acme", place)),
      namespace: place,
      serviceAccountName: place,
      createNamespace: true,
      kubernetesAccess: {
        operations: ["kubernetes.pods.list", "kubernetes.namespaces.list"],
        namespaces: [place],
      },
    });
    const up = await stack.up(program);
    // The API server warns of what the level would not admit, and the provider passes it on.
    expect(up.text).not.toContain("PodSecurity");
    const user = `system:serviceaccount:${place}:${place}`;
    expect(up.outputs).toMatchObject({ identityPrincipal: user });
    const level = await kubectl("get", "namespace", place, "--output=json");
    expect(JSON.parse(level)).toMatchObject({
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const pods = await kubectl("get", "pods", `--namespace=${place}`, "--output=json");
    expect(JSON.parse(pods)).toMatchObject({
      items: [1, 2].map(() => ({
        status: { containerStatuses: [{ ready: true, imageID: image }] },
      })),
    });

    expect(await listPods(place, place)).toBeUndefined();
    expect(await listPods(place, other)).toMatchObject({ code: "cloud.permission_denied" });

    const given = [
      ["list", "pods", place],
      ["list", "namespaces", ""],
    ] as const;
    expect(await allowed(user, [...given, ...forbidden(place, other)])).toEqual([
      `list pods in ${place}`,
      "list namespaces in ",
    ]);

    expect((await stack.up(program)).changes).toEqual({});
    expect(await stack.exportedState()).not.toMatch(/BEGIN PRIVATE KEY|hf_[0-9A-Za-z]+_/);

    await stack.destroy();
    const left = await kubectl(
      "get",
      "namespaces,clusterroles,clusterrolebindings",
      `--selector=app.kubernetes.io/instance=${place}`,
      "--output=name",
    );
    expect(left).toBe("");
    await expect(kubectl("get", "namespace", place)).rejects.toThrow("not found");
  });

  test("a new epoch rolls the pods of the stack runner-kubernetes without a failed operation under constant load", async () => {
    const tls = await startStandIns([tlsStandIn()]);
    onTestFinished(async () => {
      await tls.stop();
    });
    const stack = await newStack(tls.environment);
    const program: pulumi.automation.PulumiFn = async () =>
      await runnerKubernetes(new pulumi.Config("holdfast"), "/");
    const place = newPlace();
    const settings = { namespace: place, runner: place, readNamespaces: JSON.stringify([place]) };
    await configure(stack, { ...settings, epoch: "2027-01" });
    const first = await stack.up(program);
    await connect(place);

    const failures: OperationFailure[] = [];
    let isRolling = true;
    let count = 0;
    const caller = async (): Promise<void> => {
      while (isRolling) {
        const failure = await listPods(place, place);
        count += 1;
        failures.push(...(failure === undefined ? [] : [failure]));
      }
    };
    const load = Promise.all([caller(), caller()]);
    await configure(stack, { ...settings, epoch: "2027-02" });
    const second = await stack.up(program).finally(() => {
      isRolling = false;
    });
    await load;
    expect(failures).toEqual([]);
    expect(count).toBeGreaterThan(20);
    expect(second.outputs).toMatchObject({
      generation: 2,
      workloadName: first.outputs["workloadName"],
    });
    const steps = second.steps.map(({ op, name }) => `${op} ${name}`);
    expect(steps.filter((step) => step.includes("kubernetes-runner"))).toEqual([
      "create-replacement kubernetes-runner-credentials",
      "replace kubernetes-runner-credentials",
      "update kubernetes-runner-deployment",
      "delete-replaced kubernetes-runner-credentials",
    ]);
    const secrets = await kubectl("get", "secrets", `--namespace=${place}`, "--output=name");
    expect(secrets.trim().replace("secret", place)).toBe(second.outputs["secretReference"]);
    // A runner is not removed while a connection leads through it.
    const { deleteConnection } = ConnectionService.method;
    const connection = { organization: "acme", connection: place };
    await installation.administrator.call(deleteConnection, connection);
    await stack.destroy();
    await expect(kubectl("get", "namespace", place)).rejects.toThrow("not found");
  });

  test("credentials that are refused fail the update with the runner's own first error line, and nothing stays in a namespace that was there before", async () => {
    const place = await newNamespace();
    const before = await everythingIn(place);
    const stack = await newStack();
    await installation.makeRunner("acme", place);
    const revoked = formatCredentialsFile(await installation.generate("acme", place));
    await installation.regenerate("acme", place);
    const message = await stack.failure(
      runnerProgram({
        credentials: revoked,
        namespace: place,
        replicas: 1,
        rolloutSecondsMax: 30,
      }),
    );
    expect(message).toContain("prod-deployment");
    expect(message).toContain('"phase":"tunnel"');
    expect(message).toContain('"code":"certificate.revoked"');
    expect(await everythingIn(place)).not.toEqual(before);
    await stack.destroy();
    await expect.poll(async () => await everythingIn(place), { timeout: 30_000 }).toEqual(before);
  });

  test("a runner elsewhere gets exactly the rights that its operations take", async () => {
    const stack = await newStack();
    const [east, west] = [await newNamespace(), await newNamespace()];
    const user = `runner-in-${east}`;
    await stack.up(async () => {
      const provider = new Provider("cluster", { kubeconfig });
      new KubernetesTargetAccess(
        "target",
        {
          user,
          operations: [
            "kubernetes.pods.get",
            "kubernetes.pods.logs",
            "kubernetes.deployments.list",
          ],
          namespaces: [east],
        },
        { providers: [provider] },
      );
    });
    const given = [
      ["get", "pods", east],
      ["get", "pods/log", east],
      ["list", "deployments", east],
    ] as const;
    expect(
      await allowed(user, [...given, ["list", "pods", east], ...forbidden(east, west)]),
    ).toEqual(given.map(([verb, resource, namespace]) => `${verb} ${resource} in ${namespace}`));
    await stack.destroy();
    expect(await allowed(user, given)).toEqual([]);
  });
});
