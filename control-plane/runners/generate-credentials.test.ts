import { createPrivateKey, X509Certificate } from "node:crypto";
import { makeCertificateRequest } from "@holdfast/protocol/identity/certificate-request.ts";
import {
  type CredentialsDocument,
  parseCredentialsFile,
} from "@holdfast/protocol/identity/credentials-file.ts";
import { parseRunnerName } from "@holdfast/protocol/identity/runner-name.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import { generateCredentials } from "./generate-credentials.ts";
import type { CredentialsRequest } from "./mint-credentials.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

const request = (runner: string, change: Partial<CredentialsRequest> = {}): CredentialsRequest => ({
  organization: world.organization,
  runner,
  certificateRequestPem: "",
  lifetimeSeconds: 0,
  ...change,
});

test("the file has everything that a runner needs, and its parts belong together", async () => {
  const runner = await world.makeRunner();
  const { file, credentials } = await world.generate(runner);
  const read = parseCredentialsFile(file.expose());
  const certificate = new X509Certificate(read.certificate);
  expect(read).toMatchObject({
    organization: { id: world.organization.id, name: "acme" },
    runner: { id: runner.id, name: runner.name },
    generation: 1,
    endpoints: { tunnel: "localhost:8443", api: "localhost:8444" },
    certificateAuthority: world.deps.authority.serverTrustPem,
    expiresAt: new Date(credentials.expireAtMs).toISOString(),
  });
  expect(certificate.checkPrivateKey(createPrivateKey(read.privateKey.expose()))).toBe(true);
  expect(certificate.serialNumber.toLowerCase()).toBe(credentials.certificateSerial);
  expect(parseRunnerName((certificate.subjectAltName ?? "").replace("URI:", ""))).toEqual({
    trustDomain: "test.internal",
    organizationId: world.organization.id,
    runnerId: runner.id,
  });
});

test("every runner has a service account of its own, a viewer of its organization, made with its first credentials", async () => {
  const [one, two] = [await world.makeRunner(), await world.makeRunner()];
  const accounts = [];
  for (const runner of [one, one, two]) {
    const { file } = await world.generate(runner);
    accounts.push(await world.authenticateApiKey(parseCredentialsFile(file.expose()).apiKey));
  }
  const [first, second, third] = accounts.map(({ account }) => account);
  expect(first).toMatchObject({
    organizationId: world.organization.id,
    runnerId: one.id,
    role: "viewer",
  });
  expect(second?.id).toBe(first?.id);
  expect(third?.id).not.toBe(first?.id);
});

test("each call mints another certificate and API key and leaves the earlier ones valid", async () => {
  const runner = await world.makeRunner();
  const files = [await world.generate(runner), await world.generate(runner)];
  const [first, second] = files.map(({ file }) => parseCredentialsFile(file.expose()));
  expect([first?.generation, second?.generation]).toEqual([1, 2]);
  expect(second?.certificate).not.toBe(first?.certificate);
  expect(second?.apiKey.expose()).not.toBe(first?.apiKey.expose());
  for (const read of [first, second]) {
    await expect(world.authenticateApiKey(read?.apiKey as never)).resolves.toBeDefined();
  }
  const generations = await world.generations(runner);
  expect(generations.map(({ revokedAtMs }) => revokedAtMs)).toEqual([undefined, undefined]);
});

test("calls at the same time get different generations and one service account", async () => {
  const runner = await world.makeRunner();
  const minted = await Promise.all(Array.from({ length: 5 }, () => world.generate(runner)));
  expect(minted.map(({ credentials }) => credentials.generation).sort()).toEqual([1, 2, 3, 4, 5]);
  const accounts = await Promise.all(
    minted.map(({ file }) => world.authenticateApiKey(parseCredentialsFile(file.expose()).apiKey)),
  );
  expect(new Set(accounts.map(({ account }) => account.id)).size).toBe(1);
});

test("from a certificate request comes a file without a private key, for the key that made the request", async () => {
  const runner = await world.makeRunner();
  const { privateKeyPem, requestPem } = makeCertificateRequest({ commonName: "me" });
  const { file } = await generateCredentials(
    world.deps,
    "sa_admin",
    request(runner.id, { certificateRequestPem: requestPem }),
  );
  expect(() => parseCredentialsFile(file.expose())).toThrow("lacks its private key");
  const document = JSON.parse(file.expose()) as CredentialsDocument;
  expect(document.privateKey).toBe("");
  expect(
    new X509Certificate(document.certificate).checkPrivateKey(
      createPrivateKey(privateKeyPem.expose()),
    ),
  ).toBe(true);
});

test("a request that is none mints nothing", async () => {
  const runner = await world.makeRunner();
  await expect(
    generateCredentials(
      world.deps,
      "sa_admin",
      request(runner.id, { certificateRequestPem: "no request" }),
    ),
  ).rejects.toMatchObject({ code: "certificate.request_invalid" });
  expect(await world.generations(runner)).toEqual([]);
});

test.each([
  [299, false],
  [300, true],
  [31_536_000, true],
  [31_536_001, false],
])("a certificate lasts from five minutes to a year (%i s)", async (lifetimeSeconds, isAllowed) => {
  const runner = await world.makeRunner();
  const minted = world.generate(runner, lifetimeSeconds);
  if (isAllowed) {
    const { credentials } = await minted;
    expect(credentials.expireAtMs).toBe(world.deps.clock.nowMs() + lifetimeSeconds * 1_000);
  } else {
    await expect(minted).rejects.toMatchObject({
      code: "request.invalid",
      fields: [{ field: "lifetime_seconds" }],
    });
  }
});

test("the API key ends when the certificate does", async () => {
  const runner = await world.makeRunner();
  const { file } = await world.generate(runner, 300);
  const { apiKey } = parseCredentialsFile(file.expose());
  const { key } = await world.authenticateApiKey(apiKey);
  expect(key.expireAtMs).toBe(world.deps.clock.nowMs() + 300_000);
});

test("neither the private key nor the API key is kept anywhere, and the audit has neither", async () => {
  const runner = await world.makeRunner();
  const { file, credentials } = await world.generate(runner);
  const read = parseCredentialsFile(file.expose());
  const { key, account } = await world.authenticateApiKey(read.apiKey);
  const { entries } = await world.deps.storage.read.audit.list(world.organization.id, {
    size: 500,
    after: undefined,
    actionPrefix: "",
    subject: undefined,
  });
  const kept = JSON.stringify([credentials, key, account, entries, file]);
  const secretPart = read.apiKey.expose().split("_")[2] ?? "";
  const keyLines = read.privateKey.expose().split("\n").slice(1, -2);
  expect(secretPart.length).toBeGreaterThan(40);
  for (const secret of [secretPart, ...keyLines]) {
    expect(kept).not.toContain(secret);
  }
});

test("a runner of another organization is not found", async () => {
  const runner = await world.makeRunner(world.other);
  await expect(
    generateCredentials(world.deps, "sa_admin", request(runner.id)),
  ).rejects.toMatchObject({ code: "runner.not_found" });
});
