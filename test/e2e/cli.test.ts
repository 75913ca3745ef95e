import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestProcess } from "../support/child-process.ts";
import { eventually } from "../support/eventually.ts";

const cli = join(import.meta.dirname, "../../cli/holdfast.mjs");

let folder = "";
let controlPlane: TestProcess | undefined;
const runners: TestProcess[] = [];

interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function environment(): Record<string, string> {
  return { HOME: folder, PATH: "/usr/bin:/bin", NODE_COMPILE_CACHE: join(folder, "cache") };
}

/** One command line, as it would be typed in the folder. */
async function holdfast(words: string, input = ""): Promise<Ended> {
  const child = spawn(process.execPath, [cli, ...words.split(" ")], {
    cwd: folder,
    env: environment(),
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end(input);
  return await new Promise((resolve) => {
    child.once("close", (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}

/** One that must succeed; answers with what it printed. */
async function done(words: string, input = ""): Promise<string> {
  const { exitCode, stdout, stderr } = await holdfast(words, input);
  expect(exitCode, `holdfast ${words}\n${stderr}`).toBe(0);
  return stdout;
}

async function json<Shape>(words: string): Promise<Shape> {
  return JSON.parse(await done(`${words} --json`)) as Shape;
}

function startRunner(words: string, name: string): TestProcess {
  const runner = new TestProcess(cli, {
    arguments: `runner start --state-dir ${name} ${words}`.split(" "),
    environment: environment(),
    directory: folder,
  });
  runners.push(runner);
  return runner;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-cli-"));
  controlPlane = new TestProcess(cli, {
    arguments: "control-plane start --data-dir data --tunnel-port 0 --api-port 0".split(" "),
    environment: environment(),
    directory: folder,
  });
  const started = controlPlane;
  const ready = await eventually(
    () => started.log.find((line) => line["ready"] === true),
    "the control plane",
  );
  await done(
    `context add test --endpoint 127.0.0.1:${String(ready["apiPort"])} --ca-certificate data/authority/root.pem --api-key-file data/administrator-key`,
  );
  await done("organization create acme");
  await done("context use test --organization acme");
});

afterAll(async () => {
  for (const runner of runners) {
    await runner.stop();
  }
  await controlPlane?.stop();
  await rm(folder, { recursive: true, force: true });
});

test("generate, start, operate, regenerate: the road that the help describes", async () => {
  await done("runner create prod-runner --organization acme");
  await done("runner generate-credentials prod-runner --output-dir ./creds");
  const path = join(folder, "creds/prod-runner.json");
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  const before = await readFile(path, "utf8");

  const again = await holdfast("runner generate-credentials prod-runner --output-dir ./creds");
  expect(again.exitCode).toBe(6);
  expect(again.stderr).toContain("code: credentials.exists");
  expect(await readFile(path, "utf8")).toBe(before);
  const generations = await json<readonly unknown[]>("runner credentials prod-runner");
  expect(generations).toHaveLength(1);

  const runner = startRunner("--credentials-file ./creds/prod-runner.json", "state-a");
  const described = await json<{ credentialsGeneration: number }>(
    "operation run runner.describe --runner prod-runner --when-disconnected wait",
  );
  expect(described.credentialsGeneration).toBe(1);
  expect(await done("runner list --connected")).toMatch(/^prod-runner +connected/m);
  const health = "runner health --credentials-file ./creds/prod-runner.json --state-dir state-a";
  // The file is written within a second after each round trip.
  await eventually(async () => (await holdfast(health)).exitCode === 0, "the runner to be healthy");
  expect(await done(health)).toMatch(/^healthy/);

  await done("runner regenerate-credentials prod-runner --output-dir ./new-creds");
  expect(await runner.ended).toMatchObject({ code: 36 });
  const refused = startRunner("--credentials-file ./creds/prod-runner.json", "state-b");
  expect(await refused.ended).toMatchObject({ code: 27 });
  expect(refused.firstOfLevel("error")).toMatchObject({
    phase: "tunnel",
    code: "certificate.revoked",
  });
});

test("the private key is made here: the control plane never sends one", async () => {
  await done("runner create local-key");
  await done("runner generate-credentials local-key --output-dir ./creds");
  await done("runner generate-credentials local-key --output-dir ./server --server-key");
  for (const name of ["creds", "server"]) {
    const text = await readFile(join(folder, name, "local-key.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ type: "holdfast_runner_credentials", version: 1 });
    expect(text).toContain("PRIVATE KEY");
  }
});

test("a secret comes from standard input or a file, and goes out only by `access`", async () => {
  await done("secret create db-password", "canary-one\n");
  await writeFile(join(folder, "value"), "canary-two");
  await done("secret add-version db-password --value-file ./value");
  expect(await done("secret access db-password")).toBe("canary-two");
  expect(await done("secret access db-password --version 1")).toBe("canary-one");
  const shown = (await done("secret get db-password")) + (await done("secret list --json"));
  expect(shown).not.toContain("canary");
  await done("secret destroy-version db-password --version 1");
  const gone = await holdfast("secret access db-password --version 1");
  expect(gone.exitCode).toBe(5);
  expect(gone.stderr).toContain("code: secret.version_not_found");
});

test("an API key is written once, 0600, and works until it is revoked", async () => {
  await done("service-account create reader --role viewer");
  const { apiKey } = await json<{ apiKey: { id: string } }>(
    "api-key create --service-account reader --output-file ./reader.key",
  );
  expect((await stat(join(folder, "reader.key"))).mode & 0o777).toBe(0o600);
  const { endpoint } =
    (await json<readonly { name: string; endpoint: string }[]>("context list"))[0] ?? {};
  await done(
    `context add reader --no-use --endpoint ${endpoint} --ca-certificate data/authority/root.pem --api-key-file reader.key --organization acme`,
  );
  expect(await done("whoami --context reader")).toContain("reader");
  const denied = await holdfast("runner create nope --context reader");
  expect([denied.exitCode, denied.stderr.includes("code: access.denied")]).toEqual([4, true]);
  await done(`api-key revoke ${apiKey.id}`);
  const refused = await holdfast("whoami --context reader");
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain("code: identity.api_key_revoked");
});

test("the administrator's key is replaced while both work, and the last one cannot be revoked", async () => {
  const [first] = await json<readonly { id: string }[]>("api-key list --administrator");
  const { apiKey } = await json<{ apiKey: { id: string } }>(
    "api-key create --administrator --output-file ./administrator.key",
  );
  expect(await done("whoami")).toContain("administrator");
  // The context names the file, so that whoever uses it goes on with the other key.
  await copyFile(join(folder, "administrator.key"), join(folder, "data/administrator-key"));
  await done(`api-key revoke ${first?.id} --administrator --yes`);
  expect(await done("whoami")).toContain("administrator");

  const refused = await holdfast(`api-key revoke ${apiKey.id} --administrator --yes`);
  expect(refused.stderr).toContain("code: api_key.last");
  expect(await done("whoami")).toContain("administrator");
  const both = await holdfast("api-key list --administrator --service-account reader");
  expect(both.stderr).toContain("Name one of --service-account and --administrator.");
  const neither = await holdfast("api-key create --output-file ./nobody.key");
  expect(neither.stderr).toContain("Name one of --service-account and --administrator.");
});

test("a connection and a variable have a full life", async () => {
  await done("runner create conn-runner");
  await done("variable create region eu-central-1");
  await done("variable update region --value eu-west-1");
  expect(await json("variable get region")).toMatchObject({ value: "eu-west-1", version: 2 });
  await done(
    "connection create cluster --provider kubernetes --mode runner-delegated --runner conn-runner",
  );
  await done("connection update cluster --description here");
  expect(await json("connection get cluster")).toMatchObject({
    description: "here",
    provider: "PROVIDER_KUBERNETES",
    hasInlineCredentials: false,
  });
  const inUse = await holdfast("runner delete conn-runner");
  expect([inUse.exitCode, inUse.stderr.includes("code: runner.in_use")]).toEqual([6, true]);
  await done("connection delete cluster");
  await done("runner delete conn-runner");
});

test("an operation whose runner is away fails at once, or expires when it waits; both are on record", async () => {
  await done("runner create away");
  const failed = await holdfast("operation run runner.describe --runner away");
  expect([failed.exitCode, failed.stderr.includes("code: runner.not_connected")]).toEqual([
    10,
    true,
  ]);
  const expired = await holdfast(
    "operation run runner.describe --runner away --when-disconnected wait --deadline 500ms",
  );
  expect([expired.exitCode, expired.stderr.includes("code: operation.expired")]).toEqual([9, true]);
  const operations = await json<readonly { id: string; state: string }[]>(
    "operation list --runner away",
  );
  expect(operations.map(({ state }) => state)).toEqual([
    "OPERATION_STATE_EXPIRED",
    "OPERATION_STATE_FAILED",
  ]);
  const watched = await holdfast(`operation watch ${operations[0]?.id ?? ""}`);
  expect(watched.exitCode).toBe(9);
  await done(`operation delete ${operations[0]?.id ?? ""}`);
});

test("the first Ctrl-C cancels the operation and says so with its exit code", async () => {
  await done("runner create patient");
  const running = new TestProcess(cli, {
    arguments:
      "operation run runner.describe --runner patient --when-disconnected wait --deadline 1h".split(
        " ",
      ),
    environment: environment(),
    directory: folder,
  });
  const { id } = await eventually(async () => {
    const [operation] = await json<readonly { id: string }[]>(
      "operation list --runner patient --state queued",
    );
    return operation;
  });
  expect(await running.stop("SIGINT")).toMatchObject({ code: 8 });
  expect(running.errors).toContain("canceling the operation");
  expect(await json(`operation get ${id}`)).toMatchObject({ state: "OPERATION_STATE_CANCELED" });
});

test("an exported audit holds; with a record removed it does not", async () => {
  await done("audit export --output-file ./audit.jsonl");
  const { stderr } = await holdfast("audit verify ./audit.jsonl");
  const head = /hash ([0-9a-f]{64})/.exec(stderr)?.[1] ?? "";
  await done(`audit verify ./audit.jsonl --expect-head ${head}`);
  const lines = (await readFile(join(folder, "audit.jsonl"), "utf8")).trimEnd().split("\n");
  const cut = await holdfast(`audit verify - --expect-head ${head}`, lines.slice(0, -1).join("\n"));
  expect(cut.exitCode).toBe(6);
  const holed = await holdfast("audit verify -", lines.toSpliced(1, 1).join("\n"));
  expect([holed.exitCode, holed.stderr.includes("record 2: removed")]).toEqual([6, true]);
  expect(await done("audit list --action organization.")).toContain("organization.created");
  await done("audit export --platform --output-file ./platform.jsonl");
});

test("keys of the store are rotated while it serves", async () => {
  await done("secret create kept", "canary-three");
  const master = await json<{ masterKeyId: string; rewrapped: number }>(
    "encryption rotate-master-key",
  );
  expect([master.masterKeyId.slice(0, 4), master.rewrapped]).toEqual(["kek_", 1]);
  const organization = await json<{ reencrypted: number }>("encryption rotate-organization-key");
  expect(organization.reencrypted).toBeGreaterThan(0);
  expect(await done("secret access kept")).toBe("canary-three");
});

test("a control plane that is away is named, with what the network said", async () => {
  await done(
    "context add away --no-use --endpoint 127.0.0.1:1 --ca-certificate data/authority/root.pem --api-key-file data/administrator-key",
  );
  const { exitCode, stderr } = await holdfast("whoami --context away");
  expect(exitCode).toBe(10);
  expect(stderr).toContain("127.0.0.1:1 (context away) cannot be reached");
  expect(stderr).toContain("ECONNREFUSED");
  expect(await json("control-plane status")).toMatchObject({ status: "serving" });
});
