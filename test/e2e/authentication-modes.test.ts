import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fromBinary } from "@bufbuild/protobuf";
import {
  AuthenticationMode,
  ConnectionService,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { OperationState } from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { KubernetesNamespacesListOutputSchema } from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Cluster, startApiServer } from "../../tools/cluster/cluster.ts";
import { type Settled, TestInstallation } from "../support/e2e-harness.ts";

// A real Kubernetes API server and a real installation. What this does not prove: behavior of AWS, GCP
// and Azure, for which no operation of the catalog exists yet.

let apiServer: Cluster;
let installation: TestInstallation;
let settled: Settled;
beforeAll(async () => {
  [apiServer, installation] = await Promise.all([
    startApiServer({ progress: () => undefined }),
    TestInstallation.open(),
  ]);
  settled = await installation.settle("modes");
});
afterAll(async () => {
  await installation.close();
  await apiServer.stop();
});

/** Whether a text stands in any file below a folder. */
function isWritten(text: string, folder: string): boolean {
  try {
    execFileSync("grep", ["-rqF", "--", text, folder]);
    return true;
  } catch {
    // grep ends with 1 where nothing matches.
    return false;
  }
}

test("inline: credentials are encrypted at rest, travel in the request, sealed to the one runner, and are dropped when the request ends.", async () => {
  const kubeconfig = readFileSync(apiServer.adminKubeconfigPath, "utf8");
  const key = /"client-key-data": "([^"]+)"/.exec(kubeconfig)?.[1] ?? "";
  expect(key.length).toBeGreaterThan(100);
  const { connection } = await installation.administrator.call(
    ConnectionService.method.createConnection,
    {
      organization: settled.organization,
      name: "inline-cluster",
      provider: Provider.KUBERNETES,
      mode: AuthenticationMode.INLINE,
      runner: settled.runnerId,
      inlineCredentials: { document: kubeconfig },
    },
  );
  expect(connection?.hasInlineCredentials).toBe(true);
  const { operation, output } = await installation.administrator.run({
    organization: settled.organization,
    connection: "inline-cluster",
    kind: "kubernetes.namespaces.list",
  });
  expect(operation.failure?.message).toBeUndefined();
  expect(operation.state).toBe(OperationState.SUCCEEDED);
  const { namespaces } = fromBinary(KubernetesNamespacesListOutputSchema, output);
  expect(namespaces.map(({ name }) => name)).toContain("kube-system");

  // Neither the control plane's store and logs nor the runner's disk has them in clear.
  const fragment = key.slice(40, 100);
  expect(isWritten(fragment, installation.directory)).toBe(false);
  expect(
    isWritten(Buffer.from(fragment).toString("base64").slice(4, 60), installation.directory),
  ).toBe(false);
  // What runs afterwards without them has none: the mode is the connection's, not the runner's memory.
  const { operation: delegated } = await delegatedOperation();
  expect(delegated.failure?.code).toBe("cloud.identity_missing");
});

async function delegatedOperation() {
  await installation.administrator.call(ConnectionService.method.createConnection, {
    organization: settled.organization,
    name: "delegated-cluster",
    provider: Provider.KUBERNETES,
    mode: AuthenticationMode.RUNNER_DELEGATED,
    runner: settled.runnerId,
  });
  return await installation.administrator.run({
    organization: settled.organization,
    connection: "delegated-cluster",
    kind: "kubernetes.namespaces.list",
  });
}

test("cross-account trust is carried to the runner with role and external id, and refused by name where no operation supports it yet", async () => {
  await installation.administrator.call(ConnectionService.method.createConnection, {
    organization: settled.organization,
    name: "trusted-cluster",
    provider: Provider.KUBERNETES,
    mode: AuthenticationMode.CROSS_ACCOUNT_TRUST,
    runner: settled.runnerId,
    settings: {
      kubernetes: {
        apiServerUrl: "https://cluster.invalid:6443",
        caCertificatePem: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
        audience: "holdfast",
      },
    },
  });
  const { operation } = await installation.administrator.run({
    organization: settled.organization,
    connection: "trusted-cluster",
    kind: "kubernetes.namespaces.list",
  });
  expect(operation.failure?.code).toBe("operation.mode_unsupported");
});
