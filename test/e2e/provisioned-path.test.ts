import { X509Certificate } from "node:crypto";
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { enrolledRunner } from "@holdfast/stacks/enrolled-runner/enrolled-runner.ts";
import { pki } from "@holdfast/stacks/pki/pki.ts";
import * as pulumi from "@pulumi/pulumi";
import type { PulumiFn } from "@pulumi/pulumi/automation/index.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeStack, type TestStack, type TestUpdate, textOutput } from "../engine/engine-world.ts";
import { TestProcess } from "../support/child-process.ts";
import { TestCaller } from "../support/e2e-harness.ts";
import { eventually } from "../support/eventually.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";

const root = join(import.meta.dirname, "../..");
const organization = "acme";
const runnerName = "edge";

let folder = "";
let standIns: StandIns;
let pkiStack: TestStack;
let runnerStack: TestStack;
let controlPlane: TestProcess;
let runner: TestProcess;
let administrator: TestCaller;
let ports = { tunnel: 0, api: 0 };
/** What the runner was started with. */
let firstCredentials = "";

const pkiProgram: PulumiFn = async () => await pki(new pulumi.Config("holdfast"), folder);

const runnerProgram: PulumiFn = async () => {
  const { identity } = enrolledRunner(new pulumi.Config("holdfast"), folder);
  const { credentialsFile, credentialsFingerprint, certificateFingerprint, generation } = identity;
  return { credentialsFile, credentialsFingerprint, certificateFingerprint, generation };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-provisioned-"));
  standIns = await startStandIns([tlsStandIn()]);
  const { environment } = standIns;
  [pkiStack, runnerStack] = await Promise.all([
    makeStack({ environment, isKept: true }),
    makeStack({ environment, isKept: true }),
  ]);
  await configure(pkiStack, {
    generations: JSON.stringify({ "2026": { state: "active" } }),
    serverDnsNames: JSON.stringify(["localhost"]),
    serverIpAddresses: JSON.stringify(["127.0.0.1"]),
  });
  await provideAuthority();
  await startControlPlane();
  await enroll();
});
afterAll(async () => {
  administrator.close();
  await Promise.all([runner.stop(), controlPlane.stop()]);
  await standIns.stop();
  await Promise.all([pkiStack.remove(), runnerStack.remove()]);
  await rm(folder, { recursive: true, force: true });
});

async function configure(
  { stack }: TestStack,
  settings: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [key, value] of Object.entries(settings)) {
    await stack.setConfig(`holdfast:${key}`, { value });
  }
}

/** Updates the stack `pki` and puts the files where the control plane reads them. */
async function provideAuthority(): Promise<TestUpdate> {
  const update = await pkiStack.up(pkiProgram);
  const directory = join(folder, "authority");
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files = update.outputs["controlPlaneFiles"] as Readonly<Record<string, string>>;
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(directory, name), text, { mode: 0o600 });
  }
  await writeFile(join(folder, "trust.pem"), textOutput(update, "trustBundlePem"));
  return update;
}

async function startControlPlane(): Promise<void> {
  controlPlane = new TestProcess(join(root, "control-plane/main.ts"), {
    environment: {
      HOLDFAST_DATA_DIRECTORY: join(folder, "control-plane"),
      HOLDFAST_AUTHORITY_DIRECTORY: join(folder, "authority"),
      HOLDFAST_TUNNEL_PORT: "0",
      HOLDFAST_API_PORT: "0",
      HOLDFAST_DRAIN_SECONDS: "2",
    },
  });
  const ready = await eventually(() => {
    if (controlPlane.hasEnded) {
      throw new Error(`the control plane ended:\n${controlPlane.errors}`);
    }
    return controlPlane.log.find((line) => line["ready"] === true);
  }, "the control plane");
  ports = { tunnel: Number(ready["tunnelPort"]), api: Number(ready["apiPort"]) };
}

/** The organization, and the second stack in it: a runner, its identity; then the runner itself. */
async function enroll(): Promise<void> {
  const apiKeyFile = join(folder, "control-plane", "administrator-key");
  const apiKey = (await readFile(apiKeyFile, "utf8")).trim();
  const trustPem = await readFile(join(folder, "trust.pem"), "utf8");
  administrator = new TestCaller(`127.0.0.1:${ports.api}`, trustPem, apiKey);
  await administrator.call(OrganizationService.method.createOrganization, {
    name: organization,
    displayName: "Acme",
  });
  await configure(runnerStack, {
    endpoint: `127.0.0.1:${ports.api}`,
    caCertificateFile: "trust.pem",
    apiKeyFile,
    organization,
    runner: runnerName,
    epoch: "1",
  });
  firstCredentials = textOutput(await runnerStack.up(runnerProgram), "credentialsFile");
  runner = await startRunner("runner", firstCredentials);
  await runner.logged("runner connected");
}

async function startRunner(name: string, credentials: string): Promise<TestProcess> {
  const path = join(folder, `${name}.json`);
  await writeFile(path, credentials, { mode: 0o600 });
  return new TestProcess(join(root, "runner/main.ts"), {
    arguments: ["start"],
    environment: { HOLDFAST_CREDENTIALS_FILE: path, HOLDFAST_STATE_DIR: join(folder, name) },
  });
}

/** Hands the runner other credentials, as a mounted secret changes: all at once. */
async function handOver(credentials: string): Promise<void> {
  const path = join(folder, "runner.json");
  await writeFile(`${path}.new`, credentials, { mode: 0o600 });
  await rename(`${path}.new`, path);
}

/** Operations all the time, until it is ended; then how many succeeded, and what failed. */
function startLoad() {
  const counts = { succeeded: 0 };
  const failures: string[] = [];
  let isOver = false;
  const loop = async (): Promise<void> => {
    while (!isOver) {
      try {
        await administrator.describe(organization, runnerName);
        counts.succeeded += 1;
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const loops = Promise.all(Array.from({ length: 4 }, loop));
  /** Waits until so many more have succeeded. */
  const more = async (count: number): Promise<void> => {
    const wanted = counts.succeeded + count;
    await eventually(() => counts.succeeded >= wanted || failures.length > 0, "more operations");
  };
  return {
    more,
    end: async () => {
      await more(20);
      isOver = true;
      await loops;
      return { ...counts, failures };
    },
  };
}

/** Generations of the runner's credentials that still work. */
async function validGenerations(): Promise<readonly number[]> {
  const { credentials } = await administrator.call(RunnerService.method.listCredentials, {
    organization,
    runner: runnerName,
  });
  return credentials
    .filter(({ revokedAt }) => revokedAt === undefined)
    .map(({ generation }) => generation)
    .sort();
}

/** Raises the runner's epoch under load, hands the new credentials over, and waits until only they work. */
async function rotate(epoch: string, generation: number): Promise<TestUpdate> {
  await configure(runnerStack, { epoch });
  const update = await runnerStack.up(runnerProgram);
  expect(await validGenerations()).toEqual([generation - 1, generation]);
  await handOver(textOutput(update, "credentialsFile"));
  await runner.logged("runner connected", generation);
  await eventually(
    async () => (await validGenerations()).join() === String(generation),
    "the end of the overlap",
  );
  return update;
}

/** Fingerprint of what the tunnel's listener presents to a new connection. */
async function presented(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const ca = await readFile(join(folder, "trust.pem"), "utf8");
  const socket = connect({ host: "127.0.0.1", port: ports.tunnel, ca, ALPNProtocols: ["h2"] });
  socket.once("error", reject);
  socket.once("secureConnect", () => {
    resolve(socket.getPeerCertificate().fingerprint256.replaceAll(":", "").toLowerCase());
    socket.destroy();
  });
  return await promise;
}

test("control plane and runner start from exactly what stacks made, and operations run", async () => {
  expect(await administrator.describe(organization, runnerName)).toMatchObject({
    credentialsGeneration: 1,
  });
  const credentials = parseCredentialsFile(firstCredentials);
  expect(credentials.certificateAuthority).toBe(await readFile(join(folder, "trust.pem"), "utf8"));
  expect(new X509Certificate(credentials.certificate).issuer).toBe(
    "CN=Holdfast runner issuer 2026",
  );
  for (const stack of [pkiStack, runnerStack]) {
    const kept = (await stack.exportedState()) + (await stack.backendText());
    expect(kept).not.toMatch(/PRIVATE KEY|hf_[0-9A-Za-z]+_/);
  }
});

test("a raised epoch replaces key, request and credentials, and under constant load no operation fails", async () => {
  const load = startLoad();
  await load.more(20);
  const update = await rotate("2", 2);
  const { succeeded, failures } = await load.end();
  expect(failures).toEqual([]);
  expect(succeeded).toBeGreaterThan(40);
  const replaced = update.steps.filter(({ op }) => op === "replace").map(({ name }) => name);
  expect(replaced.sort()).toEqual(["identity-credentials", "identity-key", "identity-request"]);
  expect(update.steps.filter(({ op }) => op === "update")).toEqual([]);

  const old = await startRunner("old", firstCredentials);
  expect((await old.ended).code).not.toBe(0);
  expect(old.firstOfLevel("error")).toMatchObject({ code: "certificate.revoked" });
});

test("a rotation that fails at any step leaves the runner working, and the next update ends it", async () => {
  await configure(runnerStack, { epoch: "half" });
  for (const step of ["identity-key", "identity-request"]) {
    standIns.failOnce(({ method, name }) => method === "create" && name === step, "no entropy");
    expect(await runnerStack.failure(runnerProgram)).toContain("no entropy");
    expect(await validGenerations()).toEqual([2]);
    await administrator.describe(organization, runnerName);
  }
  // The last step is the control plane's: it cannot be reached.
  await configure(runnerStack, { endpoint: "127.0.0.1:1" });
  await runnerStack.failure(runnerProgram);
  await administrator.describe(organization, runnerName);
  await configure(runnerStack, { endpoint: `127.0.0.1:${ports.api}` });
  await rotate("half", 3);
});

test("a generation of the authority is replaced by another one, and under constant load no operation fails", async () => {
  const load = startLoad();
  const before = await presented();
  const step = async (generations: Readonly<Record<string, { readonly state: string }>>) => {
    await configure(pkiStack, { generations: JSON.stringify(generations) });
    return await provideAuthority();
  };
  const trusted = { state: "trusted" };
  const active = { state: "active" };

  // Trusted by the control plane, then, with its next credentials, by the runner.
  const noticed = async (count: number) =>
    await controlPlane.logged("server certificate renewed", count);
  await step({ "2026": active, "2027": trusted });
  await noticed(1);
  const { outputs } = await rotate("3", 4);
  const { certificateAuthority } = parseCredentialsFile(String(outputs["credentialsFile"]));
  expect(certificateAuthority.match(/BEGIN CERTIFICATE/g)).toHaveLength(2);

  // The new one signs: what is presented first, then the runner's credentials.
  const signing = await step({ "2026": trusted, "2027": active });
  await noticed(2);
  expect(await presented()).toBe(signing.outputs["serverCertificateFingerprint"]);
  expect(await presented()).not.toBe(before);
  const last = await rotate("4", 5);
  const credentials = parseCredentialsFile(textOutput(last, "credentialsFile"));
  expect(new X509Certificate(credentials.certificate).issuer).toBe(
    "CN=Holdfast runner issuer 2027",
  );

  await step({ "2026": { state: "retired" }, "2027": active });
  await noticed(3);
  expect((await load.end()).failures).toEqual([]);

  const old = await startRunner("oldest", firstCredentials);
  expect((await old.ended).code).not.toBe(0);
  expect(old.firstOfLevel("error")).toMatchObject({ code: "certificate.server_untrusted" });
});
