import { randomUUID } from "node:crypto";
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { Client } from "@grpc/grpc-js";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { ReferenceService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { OperationState } from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { RunnerService } from "@holdfast/protocol/generated/holdfast/v1/runner_pb.ts";
import { SecretService } from "@holdfast/protocol/generated/holdfast/v1/secret_pb.ts";
import {
  Role,
  ServiceAccountService,
} from "@holdfast/protocol/generated/holdfast/v1/service_account_pb.ts";
import { VariableService } from "@holdfast/protocol/generated/holdfast/v1/variable_pb.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";
import type { CredentialsDocument } from "@holdfast/protocol/identity/credentials-file.ts";
import { exitCodeFor } from "@holdfast/runner/exit-codes.ts";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { TestProcess } from "../support/child-process.ts";
import { type Settled, TestInstallation } from "../support/e2e-harness.ts";
import { eventually } from "../support/eventually.ts";

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
  return { phase: line["phase"], code: line["code"], reason: line["reason"], exitCode };
}

/** What {@link refusalOf} answers for a failure in a phase, with its documented exit code. */
function refused(phase: "tunnel" | "control-plane", code: FailureCode) {
  return { phase, code, reason: expect.stringMatching(/^[A-Z].*\.$/), exitCode: exitCodeFor(code) };
}

async function credentialsOf({ organization, runnerId }: Settled) {
  const { credentials } = await installation.administrator.call(
    RunnerService.method.listCredentials,
    { organization, runner: runnerId },
  );
  return credentials;
}

/** A runner's own way to the control plane, without the runner. */
function openReferences(
  document: CredentialsDocument,
  apiKey = document.apiKey,
): ApiClient {
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

async function resolve(api: ApiClient, source: { case: "secret" | "variable"; value: string }) {
  const { values } = await api.call(
    ReferenceService.method.resolveReferences,
    { operationId: "op_0000000000000000000000", references: [{ source }] },
    { deadlineMs: 10_000 },
  );
  return values.map(({ value }) => value);
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
  expect(await resolve(references, { case: "secret", value: "shared" })).toEqual([`value of ${own}`]);
  expect(await resolve(references, { case: "variable", value: "shared" })).toEqual([
    `value of ${own}`,
  ]);
  const [secretId = "", variableId = ""] = otherIds;
  await expect(resolve(references, { case: "secret", value: secretId })).rejects.toMatchObject({
    code: "secret.not_found",
  });
  await expect(resolve(references, { case: "variable", value: variableId })).rejects.toMatchObject({
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
  const store = new PGlite(join(installation.dataDirectory, "store/database"));
  try {
    await store.exec("alter table service_account drop constraint service_account_role_is_known");
    await store.query("update service_account set role = 'none' where runner_id = $1", [
      stripped.runner,
    ]);
    await store.query(
      `update api_key set expire_at_ms = 1 where service_account_id in
        (select id from service_account where runner_id = $1)`,
      [keyless.runner],
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
  expect(expired.document.expiresAt).toBeDefined();
});
