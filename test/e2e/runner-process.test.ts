import { spawnSync } from "node:child_process";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { OperationState } from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import {
  KubernetesPodsLogsInputSchema,
  KubernetesPodsLogsItemSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inputOf, type Settled, TestInstallation } from "../support/e2e-harness.ts";
import { eventually } from "../support/eventually.ts";
import { startFakeApiServer } from "../support/fake-api-server.ts";
import { makeTestAuthority } from "../support/test-authority.ts";

const main = join(import.meta.dirname, "../../runner/main.ts");

let installation: TestInstallation;
beforeAll(async () => {
  installation = await TestInstallation.open();
});
afterAll(async () => {
  await installation.close();
});

/** A running operation on a runner: the log of a pod that never ends. */
interface FollowedLog {
  /** What has come so far. */
  readonly text: () => string;
  /** Lets the pod say something. */
  readonly say: (line: string) => void;
  /** Ends the log. */
  readonly end: () => void;
  readonly ended: Promise<OperationState>;
}

async function followLog(settled: Settled): Promise<FollowedLog> {
  const authority = await makeTestAuthority(new SystemClock());
  const connected = Promise.withResolvers<{ write(text: string): void; end(): void }>();
  const server = await startFakeApiServer(
    await authority.issueServer(["localhost"]),
    (_request, response) => {
      response.write("begun\n");
      connected.resolve({ write: (text) => response.write(text), end: () => response.end() });
    },
  );
  const base64 = Buffer.from(authority.serverTrustPem).toString("base64");
  const cluster = {
    server: `https://127.0.0.1:${server.port}`,
    "certificate-authority-data": base64,
    "tls-server-name": "localhost",
  };
  await installation.makeConnection({
    organization: settled.organization,
    name: "pods",
    provider: Provider.KUBERNETES,
    mode: AuthenticationMode.INLINE,
    runner: settled.runnerId,
    inlineCredentials: {
      document: JSON.stringify({
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "c", cluster }],
        users: [{ name: "u", user: { token: "t" } }],
        contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
        "current-context": "x",
      }),
    },
  });
  const events = installation.administrator.running({
    organization: settled.organization,
    connection: "pods",
    kind: "kubernetes.pods.logs",
    deadlineMs: 100_000,
    input: inputOf(KubernetesPodsLogsInputSchema, { namespace: "a", name: "b", follow: true }),
  });
  const seen: { text: string; state: OperationState } = {
    text: "",
    state: OperationState.UNSPECIFIED,
  };
  const ended = (async () => {
    for await (const { event } of events) {
      if (event.case === "operation") {
        seen.state = event.value.state;
      } else if (event.case === "item") {
        const { content } = fromBinary(KubernetesPodsLogsItemSchema, event.value);
        seen.text += Buffer.from(content).toString();
      }
    }
    return seen.state;
  })();
  await eventually(() => seen.text.includes("begun"), "the log");
  const response = await connected.promise;
  return {
    text: () => seen.text,
    say: (line) => response.write(`${line}\n`),
    end: () => response.end(),
    ended,
  };
}

test("health by a command tells what the running runner found, and that none runs any more", async () => {
  const { credentials, process: first } = await installation.settle("healthy");
  await first.stop();
  const stateFolder = join(installation.directory, "healthy-state");
  const environment = { HOLDFAST_STATE_DIR: stateFolder };
  const runner = await installation.connectRunner(credentials, "healthy", environment);
  const health = (): { readonly status: number | null; readonly answer: unknown } => {
    const { status, stdout } = spawnSync(process.execPath, [main, "health", "--json"], {
      env: environment,
      encoding: "utf8",
    });
    return { status, answer: JSON.parse(stdout) };
  };
  await eventually(() => health().status === 0, "health");
  expect(health().answer).toMatchObject({ healthy: true, code: "ok" });
  await runner.stop();
  expect(health()).toMatchObject({ status: 1, answer: { code: "not_running" } });
});

test("changed credentials are taken without losing a running operation", async () => {
  const settled = await installation.settle("reload");
  const log = await followLog(settled);
  const path = await installation.writeCredentials(
    await installation.generate("reload", settled.runnerId),
    "reload-new",
  );
  await rename(path, join(installation.directory, "reload.json"));
  await settled.process.logged("runner connected", 2);
  const described = await installation.administrator.describe("reload", "reload-runner");
  expect(described.credentialsGeneration).toBe(2);
  log.say("still here");
  await eventually(() => log.text().includes("still here"), "the log");
  log.end();
  expect(await log.ended).toBe(OperationState.SUCCEEDED);
});

test("a broken credentials file, and one that is refused, leave the earlier credentials in use", async () => {
  const settled = await installation.settle("broken");
  const path = join(installation.directory, "broken.json");
  await writeFile(path, "{", { mode: 0o600 });
  const unusable = "credentials file unusable, earlier credentials stay in use";
  expect(await settled.process.logged(unusable)).toMatchObject({ code: "credentials.invalid" });
  const other = await installation.settle("stranger");
  const stolen = { ...settled.credentials, apiKey: other.credentials.apiKey };
  await writeFile(path, formatCredentialsFile(stolen), { mode: 0o600 });
  const refused = await settled.process.logged("changed credentials refused, others are tried");
  expect(refused).toMatchObject({ phase: "control-plane" });
  const described = await installation.administrator.describe("broken", "broken-runner");
  expect(described.credentialsGeneration).toBe(1);
  expect(settled.process.hasEnded).toBe(false);
});

test("a runner that is stopped lets its operations end, and takes no more", async () => {
  const settled = await installation.settle("stopping");
  const log = await followLog(settled);
  process.kill(settled.process.pid, "SIGTERM");
  await settled.process.logged("runner draining");
  const { operation } = await installation.administrator.run({
    organization: "stopping",
    runner: settled.runnerId,
    kind: "runner.describe",
    deadlineMs: 1_000,
  });
  expect(operation.state).not.toBe(OperationState.SUCCEEDED);
  log.say("to the end");
  log.end();
  expect(await log.ended).toBe(OperationState.SUCCEEDED);
  expect(log.text()).toContain("to the end");
  expect(await settled.process.ended).toEqual({ code: 0, signal: null });
});

test("a second signal ends the runner at once", async () => {
  const settled = await installation.settle("forced");
  const log = await followLog(settled);
  process.kill(settled.process.pid, "SIGTERM");
  await settled.process.logged("runner draining");
  process.kill(settled.process.pid, "SIGTERM");
  expect(await settled.process.ended).toEqual({ code: 70, signal: null });
  expect(await log.ended).toBe(OperationState.FAILED);
});
