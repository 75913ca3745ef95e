import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { fromBinary } from "@bufbuild/protobuf";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  KubernetesNamespacesListInputSchema,
  KubernetesNamespacesListOutputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startApiServer } from "../../tools/cluster/cluster.ts";
import { progressToStandardError as progress } from "../../tools/parts/progress.ts";
import type { TestProcess } from "../support/child-process.ts";
import { inputOf, TestInstallation } from "../support/e2e-harness.ts";
import { eventually } from "../support/eventually.ts";

const run = promisify(execFile);
const organization = "acme";

let cluster: Cluster;
let installation: TestInstallation;
let runner: TestProcess;
let identityFolder = "";
let server = new URL("https://127.0.0.1");
let ca = "";
/** Tokens of service accounts of the cluster: they may list namespaces. */
let first = "";
let second = "";

beforeAll(async () => {
  [cluster, installation] = await Promise.all([
    startApiServer({ progress }),
    TestInstallation.open(),
  ]);
  await readCluster();
  await installation.makeOrganization(organization);
  const runnerId = await installation.makeRunner(organization, "runner");
  identityFolder = join(installation.directory, "identity");
  await mkdir(identityFolder, { mode: 0o700 });
  await writeFile(join(identityFolder, "ca.crt"), ca);
  await writeFile(join(identityFolder, "token"), first, { mode: 0o600 });
  runner = await installation.connectRunner(
    await installation.generate(organization, runnerId),
    "runner",
    {
      HOLDFAST_KUBERNETES_IDENTITY_DIR: identityFolder,
      KUBERNETES_SERVICE_HOST: server.hostname,
      KUBERNETES_SERVICE_PORT: server.port,
    },
  );
  const common = { organization, provider: Provider.KUBERNETES, runner: runnerId };
  await installation.makeConnection({
    ...common,
    name: "delegated",
    mode: AuthenticationMode.RUNNER_DELEGATED,
  });
  for (const [name, token] of [
    ["inline", second],
    ["broken", "nobodys-token"],
  ] as const) {
    await installation.makeConnection({
      ...common,
      name,
      mode: AuthenticationMode.INLINE,
      inlineCredentials: { document: kubeconfigOf(token) },
    });
  }
});
afterAll(async () => {
  await installation.close();
  await cluster.stop();
});

async function kubectl(...parts: readonly string[]): Promise<string> {
  const { stdout } = await run(cluster.kubectl, [
    `--kubeconfig=${cluster.adminKubeconfigPath}`,
    ...parts,
  ]);
  return stdout.trim();
}

async function readCluster(): Promise<void> {
  const view = ["config", "view", "--raw", "--minify", "-o"];
  server = new URL(await kubectl(...view, "jsonpath={.clusters[0].cluster.server}"));
  const path = "jsonpath={.clusters[0].cluster.certificate-authority";
  const data = await kubectl(...view, `${path}-data}`);
  ca =
    data === ""
      ? await readFile(await kubectl(...view, `${path}}`), "utf8")
      : Buffer.from(data, "base64").toString("utf8");
  await kubectl("create", "clusterrole", "reader", "--verb=list", "--resource=namespaces");
  for (const name of ["first", "second"]) {
    await kubectl("create", "serviceaccount", name, "-n", "default");
    const account = `--serviceaccount=default:${name}`;
    await kubectl("create", "clusterrolebinding", name, "--clusterrole=reader", account);
  }
  first = await kubectl("create", "token", "first", "-n", "default");
  second = await kubectl("create", "token", "second", "-n", "default");
}

function kubeconfigOf(token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "c",
        cluster: {
          server: server.origin,
          "certificate-authority-data": Buffer.from(ca).toString("base64"),
        },
      },
    ],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

/** Lists the namespaces through a connection: their names, or the code of the failure. */
async function namespaces(connection: string): Promise<readonly string[] | string> {
  const { operation, output } = await installation.administrator.run({
    organization,
    connection,
    kind: "kubernetes.namespaces.list",
    input: inputOf(KubernetesNamespacesListInputSchema, {}),
  });
  return operation.failure === undefined
    ? fromBinary(KubernetesNamespacesListOutputSchema, output).namespaces.map(({ name }) => name)
    : operation.failure.code;
}

/** Files below a folder that hold a text. */
function filesWith(folder: string, text: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => readFileSync(path).includes(text));
}

/** Where a token is found in clear, apart from the identity that the runner was given. */
function traces(token: string): readonly string[] {
  const { controlPlane, directory } = installation;
  // The signature is the part that makes a token one.
  const signature = token.slice(token.lastIndexOf(".") + 1);
  const kept = filesWith(directory, signature).filter((path) => !path.startsWith(identityFolder));
  const said = [controlPlane.output, controlPlane.errors, runner.output, runner.errors].filter(
    (text) => text.includes(signature),
  );
  const given = [controlPlane, runner].flatMap(({ pid }) =>
    ["environ", "cmdline"].filter((file) =>
      readFileSync(`/proc/${pid}/${file}`, "latin1").includes(signature),
    ),
  );
  return [...kept, ...said, ...given];
}

test("Cloud credentials stay with the runner; the control plane sees only results (lists, logs, status).", async () => {
  expect(await namespaces("delegated")).toContain("kube-system");
  expect(filesWith(identityFolder, first)).toEqual([join(identityFolder, "token")]);
  expect(traces(first)).toEqual([]);
});

test("inline: credentials are encrypted at rest, travel in the request, sealed to the one runner, and are dropped when the request ends.", async () => {
  expect(await namespaces("inline")).toContain("kube-system");
  expect(traces(second)).toEqual([]);
  // Nothing of them is left for the next request: another connection has its own or none.
  expect(await namespaces("broken")).toBe("cloud.credentials_invalid");
});

test("A connection of one mode never falls back to another.", async () => {
  // The runner has an identity that would do; the connection's own credentials do not.
  expect(await namespaces("delegated")).toContain("kube-system");
  expect(await namespaces("broken")).toBe("cloud.credentials_invalid");
  // And the other way round: inline credentials are at hand, the identity is not.
  await writeFile(join(identityFolder, "token"), "nobodys-token", { mode: 0o600 });
  expect(await namespaces("inline")).toContain("kube-system");
  expect(await namespaces("delegated")).toBe("cloud.identity_missing");
  await writeFile(join(identityFolder, "token"), first, { mode: 0o600 });
});

test("Rotating a cloud credential needs no action in Holdfast: the runner picks the change up by itself.", async () => {
  const write = async (token: string) =>
    await writeFile(join(identityFolder, "token"), token, { mode: 0o600 });
  await kubectl("create", "serviceaccount", "old", "-n", "default");
  const binding = ["create", "clusterrolebinding", "old", "--clusterrole=reader"];
  await kubectl(...binding, "--serviceaccount=default:old");
  await write(await kubectl("create", "token", "old", "-n", "default"));
  expect(await namespaces("delegated")).toContain("kube-system");
  // The account goes, and its token with it, as soon as the API server looks again.
  await kubectl("delete", "serviceaccount", "old", "-n", "default");
  await eventually(
    async () => (await namespaces("delegated")) === "cloud.identity_missing",
    "the end of the token",
  );
  // Nobody tells the control plane, or the runner.
  await write(first);
  expect(await namespaces("delegated")).toContain("kube-system");
  expect(runner.log.filter(({ message }) => message === "runner connected").length).toBe(1);
});
