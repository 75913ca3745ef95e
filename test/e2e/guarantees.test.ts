import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";
import { PGlite } from "@electric-sql/pglite";
import { Client } from "@grpc/grpc-js";
import { openLocalAuthority } from "@holdfast/control-plane/authority/local-authority.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import {
  AuthenticationMode,
  ConnectionService,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { ReferenceService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { OperationState } from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import {
  Role,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { VariableService } from "@holdfast/protocol/generated/holdfast/v1/variable_pb.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";
import {
  type CredentialsDocument,
  parseCredentialsFile,
} from "@holdfast/protocol/identity/credentials-file.ts";
import { makeSealingKeyPair } from "@holdfast/protocol/sealing/seal.ts";
import { exitCodeFor } from "@holdfast/runner/exit-codes.ts";
import { openTunnel } from "@holdfast/runner/tunnel/open-tunnel.ts";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { TestProcess } from "../support/child-process.ts";
import { type Settled, TestInstallation } from "../support/e2e-harness.ts";
import { eventually } from "../support/eventually.ts";
import { TestClock } from "../support/test-clock.ts";

/** A control plane for all tests of this file; each test has organizations of its own. */
let installation: TestInstallation;
/** Another installation, with an authority of its own. */
let stranger: TestInstallation;
beforeAll(async () => {
  [installation, stranger] = await Promise.all([TestInstallation.open(), TestInstallation.open()]);
});
afterAll(async () => {
  await installation.close();
  await stranger.close();
});

/** An organization with a connected runner that ends with the test. */
async function settle(): Promise<Settled> {
  const settled = await installation.settle(uniqueName());
  onTestFinished(async () => {
    await settled.process.stop();
  });
  return settled;
}

function uniqueName(): string {
  return `o${randomUUID().slice(0, 13)}`;
}

/** How a runner with these credentials was refused: from its first error line and its exit. */
async function refusalOf(
  document: CredentialsDocument,
  environment: Readonly<Record<string, string>> = {},
) {
  const path = await installation.writeCredentials(document, uniqueName());
  const runner = installation.startRunner(path, environment);
  const { code: exitCode } = await runner.ended;
  const line = runner.firstOfLevel("error") ?? {};
  expect(runner.log.filter(({ message }) => message === "runner connected")).toEqual([]);
  expect(line["reason"]).toMatch(/^[A-Z].*\.$/);
  return { phase: line["phase"], code: line["code"], exitCode };
}

/** What {@link refusalOf} answers for a failure in a phase, with its documented exit code. */
function refused(phase: "tunnel" | "control-plane", code: FailureCode) {
  return { phase, code, exitCode: exitCodeFor(code) };
}

async function credentialsOf({ organization, runnerId }: Settled) {
  const { credentials } = await installation.administrator.call(
    RunnerService.method.listCredentials,
    { organization, runner: runnerId },
  );
  return credentials;
}

/** A runner's own way to the control plane, without the runner. */
function openReferences(document: CredentialsDocument, apiKey = document.apiKey): ApiClient {
  const channel = tlsChannel(document.endpoints.tunnel, {
    trustPem: document.certificateAuthority,
    client: {
      certificatePem: document.certificate,
      privateKeyPem: new Secret(document.privateKey),
    },
  });
  const client = new Client(document.endpoints.tunnel, channel.credentials, {
    "grpc.use_local_subchannel_pool": 1,
    ...channel.options,
  });
  onTestFinished(() => client.close());
  return new ApiClient(client, new Secret(apiKey));
}

async function resolve(
  api: ApiClient,
  source: { case: "secret" | "variable"; value: string },
  operationId = "op_0000000000000000000000",
) {
  const { values } = await api.call(
    ReferenceService.method.resolveReferences,
    { operationId, references: [{ source }] },
    { deadlineMs: 10_000 },
  );
  return values.map(({ value }) => value);
}

/** An operation that a runner with these credentials has begun and does not end; answers with its id. */
async function holdOperation(organization: string, document: CredentialsDocument): Promise<string> {
  const held = Promise.withResolvers<string>();
  const end = new AbortController();
  onTestFinished(() => end.abort());
  const keys = await makeSealingKeyPair();
  const tunnel = await openTunnel({
    credentials: parseCredentialsFile(JSON.stringify(document)),
    operationKinds: ["runner.describe"],
    sealingPublicKey: keys.publicKey,
    runnerVersion: "0.1.0",
    clock: new SystemClock(),
    random: new SystemRandom(),
    log: silentLog,
    signal: end.signal,
    onOperation: ({ operationId }, sink) => {
      sink.started();
      held.resolve(operationId);
    },
  });
  expect(tunnel.kind).toBe("opened");
  const operation = installation.administrator.running({
    organization,
    runner: document.runner.id,
    kind: "runner.describe",
  });
  await operation.next();
  const operationId = await held.promise;
  await operation.return();
  return operationId;
}

/** Every file below a folder that holds one of these texts. */
function filesWith(folder: string, texts: readonly string[]): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return texts.some((text) => bytes.includes(text));
    });
}

test("Every runner has a service account of its own; generating credentials provisions it and mints an API key.", async () => {
  const { administrator } = installation;
  const organization = uniqueName();
  await installation.makeOrganization(organization);
  const accounts: string[] = [];
  for (const name of ["one", "two"]) {
    const runner = await installation.makeRunner(organization, name);
    const accountOf = async () =>
      (await administrator.call(RunnerService.method.getRunner, { organization, runner })).runner
        ?.serviceAccountId;
    expect(await accountOf()).toBe("");
    const { apiKey } = await installation.generate(organization, runner);
    const serviceAccount = (await accountOf()) ?? "";
    accounts.push(serviceAccount);
    const { method } = ServiceAccountService;
    expect(
      (await administrator.call(method.getServiceAccount, { organization, serviceAccount }))
        .serviceAccount,
    ).toMatchObject({ runnerId: runner, role: Role.VIEWER });
    const { apiKeys } = await administrator.call(method.listApiKeys, {
      organization,
      serviceAccount,
    });
    expect(apiKeys.length).toBe(1);
    expect(apiKey).toMatch(/^hf_/);
    await installation.generate(organization, runner);
    expect(await accountOf()).toBe(serviceAccount);
  }
  expect(new Set(accounts).size).toBe(2);
});

test("The service account is a viewer of its organization; that cascades to the organization's secrets and variables, and to nothing of any other organization.", async () => {
  const { administrator } = installation;
  const [own, other] = [uniqueName(), uniqueName()];
  const files: CredentialsDocument[] = [];
  const otherIds: string[] = [];
  for (const organization of [own, other]) {
    await installation.makeOrganization(organization);
    const value = `value of ${organization}`;
    const secret = await administrator.call(SecretService.method.createSecret, {
      organization,
      name: "shared",
      value,
    });
    const variable = await administrator.call(VariableService.method.createVariable, {
      organization,
      name: "shared",
      value,
    });
    otherIds.splice(0, 2, secret.secret?.id ?? "", variable.variable?.id ?? "");
    const runner = await installation.makeRunner(organization, "runner");
    files.push(await installation.generate(organization, runner));
  }
  const [document] = files;
  if (document === undefined) {
    throw new Error("there are credentials");
  }
  const references = openReferences(document);
  const operationId = await holdOperation(own, document);
  expect(await resolve(references, { case: "secret", value: "shared" }, operationId)).toEqual([
    `value of ${own}`,
  ]);
  expect(await resolve(references, { case: "variable", value: "shared" }, operationId)).toEqual([
    `value of ${own}`,
  ]);
  const [secretId = "", variableId = ""] = otherIds;
  await expect(
    resolve(references, { case: "secret", value: secretId }, operationId),
  ).rejects.toMatchObject({
    code: "secret.not_found",
  });
  await expect(
    resolve(references, { case: "variable", value: variableId }, operationId),
  ).rejects.toMatchObject({
    code: "variable.not_found",
  });
  // On the API itself the key is nothing without the certificate, for its own organization neither.
  const thief = installation.caller(document.apiKey);
  for (const organization of [own, other]) {
    await expect(
      thief.call(SecretService.method.getSecret, { organization, secret: "shared" }),
    ).rejects.toMatchObject({ code: "identity.runner_key_without_certificate" });
  }
  // With the certificate it is nothing for any other runner.
  await expect(
    resolve(openReferences(document, files[1]?.apiKey), { case: "secret", value: "shared" }),
  ).rejects.toMatchObject({ code: "identity.api_key_wrong_organization" });
});

test("1 tunnel authentication: mutual TLS. 2 control-plane authentication: the API key proves the service account.", async () => {
  const acme = await settle();
  const globex = await settle();
  const { administrator } = installation;
  // Phase one fails first, whatever the key: a certificate of another authority.
  const foreign = await stranger.settle(uniqueName());
  expect(
    await refusalOf({
      ...foreign.credentials,
      endpoints: acme.credentials.endpoints,
      certificateAuthority: acme.credentials.certificateAuthority,
      organization: acme.credentials.organization,
      runner: acme.credentials.runner,
      apiKey: acme.credentials.apiKey,
    }),
  ).toEqual(refused("tunnel", "certificate.untrusted"));
  await foreign.process.stop();
  // Phase two fails with a certificate that passed phase one.
  await acme.process.stop();
  const half = installation.startRunner(
    await installation.writeCredentials(
      { ...acme.credentials, apiKey: globex.credentials.apiKey },
      uniqueName(),
    ),
  );
  // Whatever is asked of the runner meanwhile does not reach it: it has not passed both.
  const { operation } = await administrator.run({
    organization: acme.organization,
    runner: acme.runnerId,
    kind: "runner.describe",
  });
  expect(operation.failure?.code).toBe("runner.not_connected");
  await half.ended;
  expect(half.firstOfLevel("error")).toMatchObject({
    phase: "control-plane",
    code: "identity.api_key_wrong_organization",
  });
  expect(half.log.filter(({ message }) => message === "operation started")).toEqual([]);
  // Both pass: only now an operation arrives.
  await installation.connectRunner(acme.credentials, uniqueName()).then(async (runner) => {
    await administrator.describe(acme.organization, acme.runnerId);
    expect(runner.log.map(({ message }) => message).slice(0, 2)).toEqual([
      "runner connected",
      "operation started",
    ]);
    await runner.stop();
  });
});

test("If either fails (expired, revoked, wrong organization, insufficient permission) the runner refuses to start, says which of the two and why in its first error line, and exits with a documented code.", async () => {
  const { administrator } = installation;
  const organization = uniqueName();
  await installation.makeOrganization(organization);
  const other = uniqueName();
  await installation.makeOrganization(other);
  const make = async (name: string, of = organization) => {
    const runner = await installation.makeRunner(of, name);
    return { runner, document: await installation.generate(of, runner, 300) };
  };
  // Revoked.
  const revoked = await make("revoked");
  await administrator.call(RunnerService.method.revokeCredentials, {
    organization,
    runner: revoked.runner,
    generation: 1,
  });
  expect(await refusalOf(revoked.document)).toEqual(refused("tunnel", "certificate.revoked"));
  // Wrong organization, in either phase.
  const foreign = await make("foreign", other);
  const wrong = await make("wrong");
  expect(
    await refusalOf({ ...wrong.document, organization: foreign.document.organization }),
  ).toEqual(refused("tunnel", "certificate.wrong_organization"));
  expect(await refusalOf({ ...wrong.document, apiKey: foreign.document.apiKey })).toEqual(
    refused("control-plane", "identity.api_key_wrong_organization"),
  );
  // An API key that nobody knows.
  const apiKey = `${wrong.document.apiKey.slice(0, -12)}${"0".repeat(12)}`;
  expect((await refusalOf({ ...wrong.document, apiKey })).phase).toBe("control-plane");
  // Disabled.
  await administrator.call(RunnerService.method.updateRunner, {
    organization,
    runner: wrong.runner,
    enabled: false,
  });
  expect(await refusalOf(wrong.document)).toEqual(refused("tunnel", "runner.disabled"));
  // Time and permissions are changed behind the back of the control plane: below its API nothing can.
  const expired = await make("expired");
  const keyless = await make("keyless");
  const stripped = await make("stripped");
  await installation.controlPlane.stop();
  const past = await issueInThePast(expired);
  const store = new PGlite(join(installation.dataDirectory, "store/database"));
  try {
    await store.exec("alter table service_account drop constraint service_account_role_is_known");
    await store.query("update service_account set role = 'none' where runner_id = $1", [
      stripped.runner,
    ]);
    await store.query(
      `update api_key set created_at_ms = 1, expire_at_ms = 2 where service_account_id in
        (select id from service_account where runner_id = $1)`,
      [keyless.runner],
    );
    await store.query(
      `update runner_credentials set certificate_serial = $2, certificate_fingerprint = $3
        where runner_id = $1`,
      [expired.runner, past.serial, past.fingerprint],
    );
  } finally {
    await store.close();
  }
  await installation.startControlPlane();
  expect(await refusalOf(keyless.document)).toEqual(
    refused("control-plane", "identity.api_key_expired"),
  );
  expect(await refusalOf(stripped.document)).toEqual(
    refused("control-plane", "access.insufficient_permission"),
  );
  expect(await refusalOf(past.document)).toEqual(refused("tunnel", "certificate.expired"));
});

/** Another certificate for the same runner, by the same authority, whose time is over. */
async function issueInThePast(expired: {
  readonly runner: string;
  readonly document: CredentialsDocument;
}) {
  const authority = await openLocalAuthority({
    directory: join(installation.dataDirectory, "authority"),
    trustDomain: "holdfast.internal",
    serverNames: ["localhost", "127.0.0.1", "::1"],
    clock: new TestClock(Date.now() - 10 * 60_000),
    random: new SystemRandom(),
  });
  const { certificatePem, privateKeyPem, serial, fingerprint } = await authority.issueWithKey(
    { organizationId: expired.document.organization.id, runnerId: expired.runner },
    5 * 60_000,
  );
  const privateKey = privateKeyPem.expose();
  return {
    document: { ...expired.document, certificate: certificatePem, privateKey },
    serial,
    fingerprint,
  };
}

test("The runner presents its certificate; the control plane checks the issuer, then that the identity in it belongs to the organization it claims; the control plane presents its own; the runner checks it against the CA.", async () => {
  const acme = await settle();
  const foreign = await stranger.settle(uniqueName());
  onTestFinished(async () => {
    await foreign.process.stop();
  });
  const own = acme.credentials;
  // The issuer comes first: what a certificate of another authority claims does not matter.
  const byStranger = {
    ...foreign.credentials,
    endpoints: own.endpoints,
    certificateAuthority: own.certificateAuthority,
  };
  expect(await refusalOf(byStranger)).toEqual(refused("tunnel", "certificate.untrusted"));
  // Then the identity.
  const organization = foreign.credentials.organization;
  expect(await refusalOf({ ...own, organization })).toEqual(
    refused("tunnel", "certificate.wrong_organization"),
  );
  // The runner does not talk to whoever cannot show a certificate of its authority, and sends no key.
  const toStranger = { ...own, endpoints: foreign.credentials.endpoints };
  expect(await refusalOf(toStranger)).toEqual(refused("tunnel", "certificate.server_untrusted"));
  expect(stranger.controlPlane.errors).not.toContain(acme.runnerId);
});

test("The control plane never keeps a runner's private key, nor an API key in clear, once they were returned.", async () => {
  const acme = await settle();
  await installation.administrator.describe(acme.organization, acme.runnerId);
  const { privateKey, apiKey } = acme.credentials;
  const keyLines = privateKey.split("\n").filter((line) => line !== "" && !line.startsWith("-"));
  const der = Buffer.from(keyLines.join(""), "base64");
  const secrets = [
    ...keyLines,
    der.toString("hex"),
    der.toString("latin1"),
    apiKey,
    // The part that is secret, whatever stands around it.
    apiKey.slice(apiKey.lastIndexOf("_") + 1),
  ];
  const { dataDirectory, controlPlane } = installation;
  expect(filesWith(dataDirectory, [acme.runnerId])).not.toEqual([]);
  expect(filesWith(dataDirectory, secrets)).toEqual([]);
  for (const text of secrets) {
    expect(controlPlane.errors + controlPlane.output).not.toContain(text);
  }
});

test("`generate-credentials` returns one JSON file, once; each call mints another certificate and API key and leaves the earlier ones valid.", async () => {
  const acme = await settle();
  const second = await installation.generate(acme.organization, acme.runnerId);
  expect(second).toMatchObject({ generation: 2, runner: { id: acme.runnerId } });
  for (const part of ["certificate", "privateKey", "apiKey"] as const) {
    expect(second[part]).not.toBe(acme.credentials[part]);
  }
  // What is listed afterwards has nothing of what is secret.
  const listed = await credentialsOf(acme);
  expect(listed.map(({ generation, revokedAt }) => [generation, revokedAt])).toEqual([
    [2, undefined],
    [1, undefined],
  ]);
  expect(inspect(listed, { depth: 9 })).not.toContain(acme.credentials.apiKey);
  // The first one goes on, and both connect.
  const another = await installation.connectRunner(second, uniqueName());
  expect(acme.process.hasEnded).toBe(false);
  await acme.process.stop();
  expect(
    (await installation.administrator.describe(acme.organization, acme.runnerId))
      .credentialsGeneration,
  ).toBe(2);
  await another.stop();
  const again = await installation.connectRunner(acme.credentials, uniqueName());
  expect(
    (await installation.administrator.describe(acme.organization, acme.runnerId))
      .credentialsGeneration,
  ).toBe(1);
  await again.stop();
});

test("`regenerate-credentials` revokes every earlier certificate and API key at once; live tunnels that use them are cut.", async () => {
  const acme = await settle();
  const second = await installation.generate(acme.organization, acme.runnerId);
  const another = await installation.connectRunner(second, uniqueName());
  const references = [acme.credentials, second].map((document) => openReferences(document));
  const startedMs = performance.now();
  const third = await installation.regenerate(acme.organization, acme.runnerId);
  // Both tunnels are cut, and neither runner tries again: nothing can come of it.
  const ends = await Promise.all([acme.process.ended, another.ended]);
  expect(performance.now() - startedMs).toBeLessThan(5_000);
  for (const [index, runner] of [acme.process, another].entries()) {
    expect(runner.firstOfLevel("error")).toMatchObject({ code: "credentials.revoked" });
    expect(ends[index]?.code).toBe(exitCodeFor("credentials.revoked"));
  }
  const listed = await credentialsOf(acme);
  expect(listed.map(({ generation, revokedAt }) => [generation, revokedAt !== undefined])).toEqual([
    [3, false],
    [2, true],
    [1, true],
  ]);
  // Neither certificate opens a tunnel, nor either key anything.
  for (const document of [acme.credentials, second]) {
    expect(await refusalOf(document)).toEqual(refused("tunnel", "certificate.revoked"));
    expect(await refusalOf({ ...third, apiKey: document.apiKey })).toEqual(
      refused("control-plane", "identity.api_key_revoked"),
    );
  }
  for (const each of references) {
    await expect(resolve(each, { case: "secret", value: "any" })).rejects.toMatchObject({
      code: "certificate.revoked",
    });
  }
  const renewed = await installation.connectRunner(third, uniqueName());
  await installation.administrator.describe(acme.organization, acme.runnerId);
  await renewed.stop();
});

const rotations = 5;

/** Operations without a pause, until `stop`; answers with how many there were and which failed. */
function load({ organization, runnerId }: Settled, callers: number) {
  const failures: string[] = [];
  let count = 0;
  let isOver = false;
  const run = async (): Promise<void> => {
    while (!isOver) {
      const { operation } = await installation.administrator.run({
        organization,
        runner: runnerId,
        kind: "runner.describe",
      });
      count += 1;
      if (operation.state !== OperationState.SUCCEEDED) {
        failures.push(`${operation.failure?.code}: ${operation.failure?.message}`);
      }
    }
  };
  const all = Promise.all(Array.from({ length: callers }, run));
  // Whoever stops it hears of it; a test that fails before does not care.
  all.catch(() => undefined);
  return {
    get count() {
      return count;
    },
    stop: async () => {
      isOver = true;
      await all;
      return { count, failures };
    },
  };
}

test("(ours) `regenerate-credentials --overlap 15m` keeps the earlier ones until the new ones have connected, or the overlap has passed.", async () => {
  const acme = await settle();
  const { organization, runnerId } = acme;
  const path = join(installation.directory, `${organization}.json`);
  const operations = load(acme, 8);
  await eventually(() => operations.count > 20);
  // Several times, since what is at stake is a moment: that in which one tunnel takes over.
  for (let generation = 2; generation < 2 + rotations; generation += 1) {
    const renewed = await installation.regenerate(organization, runnerId, 15 * 60);
    const before = operations.count;
    await eventually(() => operations.count > before + 20);
    expect((await credentialsOf(acme)).slice(0, 2).map(({ revokedAt }) => revokedAt)).toEqual([
      undefined,
      undefined,
    ]);
    // The runner takes the new file without a restart, and not one operation is lost.
    await rename(await installation.writeCredentials(renewed, uniqueName()), path);
    await acme.process.logged("runner connected", generation);
    await eventually(async () => (await credentialsOf(acme))[1]?.revokedAt, "the overlap's end");
    const after = operations.count;
    await eventually(() => operations.count > after + 20);
  }
  const { failures, count } = await operations.stop();
  expect(failures).toEqual([]);
  expect(count).toBeGreaterThan(rotations * 40);
  expect(acme.process.hasEnded).toBe(false);
  expect(await refusalOf(acme.credentials)).toEqual(refused("tunnel", "certificate.revoked"));
  // Or the overlap passes, and nobody has used the new ones.
  await installation.regenerate(organization, runnerId, 1);
  expect((await acme.process.ended).code).toBe(exitCodeFor("credentials.revoked"));
});

test("A runner of one organization never receives a request meant for another.", async () => {
  const acme = await settle();
  const globex = await settle();
  const { administrator } = installation;
  const member = await installation.member(acme.organization, "ann", Role.ADMINISTRATOR);
  // Not by a runner's id, nor by its name, nor by the organization's.
  const kind = "runner.describe";
  const { organization } = acme;
  for (const runner of [globex.runnerId, `${globex.organization}-runner`]) {
    await expect(member.run({ organization, runner, kind })).rejects.toMatchObject({
      code: "runner.not_found",
    });
  }
  for (const name of [globex.organization, globex.organizationId]) {
    await expect(
      member.run({ organization: name, runner: globex.runnerId, kind }),
    ).rejects.toMatchObject({ code: "organization.not_found" });
  }
  // A connection cannot lead across either.
  await expect(
    administrator.call(ConnectionService.method.createConnection, {
      organization,
      name: "across",
      provider: Provider.KUBERNETES,
      mode: AuthenticationMode.RUNNER_DELEGATED,
      runner: globex.runnerId,
    }),
  ).rejects.toMatchObject({ code: "runner.not_found" });
  // Beside one another each gets its own, and all of them.
  const ids = async (settled: Settled) => {
    const seen = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const target = { organization: settled.organization, runner: settled.runnerId };
        return await administrator.run({ ...target, kind });
      }),
    );
    return seen.map(({ operation }) => operation.id).sort();
  };
  const [own, others] = await Promise.all([ids(acme), ids(globex)]);
  const started = ({ process }: Settled) =>
    process.log
      .filter(({ message }) => message === "operation started")
      .map(({ operationId }) => operationId)
      .sort();
  expect(started(acme)).toEqual(own);
  expect(started(globex)).toEqual(others);
});

test("A runner cannot change who it is by changing its configuration.", async () => {
  const acme = await settle();
  const globex = await settle();
  const own = acme.credentials;
  const sibling = await installation.makeRunner(acme.organization, "sibling");
  const siblings = await installation.generate(acme.organization, sibling);
  expect(await refusalOf({ ...own, organization: globex.credentials.organization })).toEqual(
    refused("tunnel", "certificate.wrong_organization"),
  );
  expect(await refusalOf({ ...own, runner: siblings.runner })).toEqual(
    refused("tunnel", "certificate.wrong_runner"),
  );
  expect(await refusalOf({ ...own, apiKey: siblings.apiKey })).toEqual(
    refused("control-plane", "identity.api_key_wrong_runner"),
  );
  expect(await refusalOf({ ...own, apiKey: globex.credentials.apiKey })).toEqual(
    refused("control-plane", "identity.api_key_wrong_organization"),
  );
  // Another key does not fit the certificate, and there is no setting that names somebody else.
  expect(await refusalOf({ ...own, privateKey: siblings.privateKey })).toEqual(
    refused("tunnel", "credentials.invalid"),
  );
  expect(await refusalOf(own, { HOLDFAST_RUNNER_ID: sibling })).toMatchObject({
    code: "settings.invalid",
    exitCode: exitCodeFor("settings.invalid"),
  });
  // The names for people may be changed, and change nothing.
  const renamed = await installation.connectRunner(
    { ...own, runner: { ...own.runner, name: "somebody-else" } },
    uniqueName(),
  );
  await acme.process.stop();
  await installation.administrator.describe(acme.organization, acme.runnerId);
  await renamed.stop();
});

/** Sockets of a process that wait for somebody to come, whatever the kind. */
function listeningSockets({ pid }: TestProcess): readonly string[] {
  const inodes = new Set(
    readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
      try {
        return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? [];
      } catch {
        // Closed meanwhile.
        return [];
      }
    }),
  );
  const table = (name: string): readonly (readonly string[])[] =>
    readFileSync(`/proc/${pid}/net/${name}`, "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/));
  // proc(5): state 0A is LISTEN; a datagram socket that is bound takes whatever comes.
  const tcp = ["tcp", "tcp6"].flatMap((name) =>
    table(name).filter((row) => row[3] === "0A" && inodes.has(row[9] ?? "")),
  );
  const udp = ["udp", "udp6"].flatMap((name) =>
    table(name).filter((row) => inodes.has(row[9] ?? "")),
  );
  // Flag 00010000 is __SO_ACCEPTCON.
  const unix = table("unix").filter((row) => row[3] === "00010000" && inodes.has(row[6] ?? ""));
  return [...tcp, ...udp, ...unix].map((row) => row.join(" "));
}

test("No lateral movement: only operations with an explicit identity run. No exfiltration path: the tunnel carries typed requests and responses, never arbitrary data. No inbound access: the runner listens on nothing, not even for health.", async () => {
  const acme = await settle();
  const { organization, runnerId: runner } = acme;
  const { administrator } = installation;
  // The control plane listens: that is what a socket that waits looks like.
  expect(listeningSockets(installation.controlPlane).length).toBe(2);
  expect(listeningSockets(acme.process)).toEqual([]);
  await administrator.describe(organization, runner);
  // The signal that makes Node listen for a debugger.
  process.kill(acme.process.pid, "SIGUSR1");
  await administrator.describe(organization, runner);
  expect(listeningSockets(acme.process)).toEqual([]);
  // No identity, no operation; and nothing that is not in the catalog.
  await expect(
    administrator.run({ organization, runner, kind: "kubernetes.pods.list" }),
  ).rejects.toMatchObject({ code: "request.invalid" });
  await expect(
    administrator.run({ organization, runner, kind: "shell.run" }),
  ).rejects.toMatchObject({ code: "operation.unknown_kind" });
  // What is no message of the kind is not carried out, and not even what is unknown within one.
  const { operation } = await administrator.run({
    organization,
    runner,
    kind: "runner.describe",
    input: new Uint8Array([0xfa, 0x01, 0x02, 0x41, 0x42]),
  });
  expect(operation.state).toBe(OperationState.FAILED);
  // A state folder holds nothing but what health is read from.
  const state = readdirSync(installation.directory).filter((name) => name.includes(".state-"));
  for (const folder of state) {
    expect(statSync(join(installation.directory, folder)).mode & 0o077).toBe(0);
  }
});
