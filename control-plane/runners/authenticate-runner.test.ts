import { Secret } from "@holdfast/foundation/secret.ts";
import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import { makeAccess } from "../access/cedar-access.ts";
import {
  authenticateRunner,
  type RunnerAuthenticationDependencies,
} from "./authenticate-runner.ts";
import type { Runner, RunnerCredentials } from "./runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

const access = makeAccess();
const dependencies = (): RunnerAuthenticationDependencies => ({
  authenticateApiKey: async (token) => await world.authenticateApiKey(token),
  isViewer: (account) => access.isViewer(account),
});

interface Admitted {
  readonly runner: Runner;
  readonly credentials: RunnerCredentials;
  readonly apiKey: Secret<string>;
}

/** A runner that has passed the first phase. */
async function admitted(organization = world.organization, lifetimeSeconds = 0): Promise<Admitted> {
  const { id, organizationId } = await world.makeRunner(organization);
  const runner = (await world.deps.storage.read.runners.find(organizationId, id)) as Runner;
  const { file, credentials } = await world.generate(runner, lifetimeSeconds);
  const provisioned = (await world.deps.storage.read.runners.find(organizationId, id)) as Runner;
  return { runner: provisioned, credentials, apiKey: parseCredentialsFile(file.expose()).apiKey };
}

const authenticate = async (
  token: Secret<string>,
  of: Admitted,
  deps = dependencies(),
): Promise<string> => {
  const proved = await authenticateRunner(deps, token, of);
  return proved.ok ? "ok" : proved.code;
};

test("the API key of the runner that the certificate names proves its service account", async () => {
  const one = await admitted();
  expect(await authenticateRunner(dependencies(), one.apiKey, one)).toEqual({
    ok: true,
    serviceAccountId: one.runner.serviceAccountId,
    apiKeyId: one.credentials.apiKeyId,
  });
});

test("the API key of another organization's runner is refused", async () => {
  const [one, foreign] = [await admitted(), await admitted(world.other)];
  expect(await authenticate(foreign.apiKey, one)).toBe("identity.api_key_wrong_organization");
});

test("the API key of another runner of the same organization is refused", async () => {
  const [one, neighbor] = [await admitted(), await admitted()];
  expect(await authenticate(neighbor.apiKey, one)).toBe("identity.api_key_wrong_runner");
});

test("an API key that is no runner's is refused", async () => {
  const one = await admitted();
  const account = { id: "sa_person", organizationId: world.organization.id, runnerId: undefined };
  const deps: RunnerAuthenticationDependencies = {
    ...dependencies(),
    authenticateApiKey: () => Promise.resolve({ account, key: { id: "key_1" } } as never),
  };
  expect(await authenticate(one.apiKey, one, deps)).toBe("identity.api_key_wrong_runner");
});

test("a revoked, an expired, an unknown and a malformed API key are refused, each with its own reason", async () => {
  const [revoked, expired, good] = [
    await admitted(),
    await admitted(world.organization, 300),
    await admitted(),
  ];
  await world.deps.storage.write(async ({ apiKeys }) => {
    await apiKeys.revoke([revoked.credentials.apiKeyId], world.deps.clock.nowMs());
  });
  expect(await authenticate(expired.apiKey, expired)).toBe("ok");
  await world.deps.clock.advance(300_000);
  expect(await authenticate(revoked.apiKey, revoked)).toBe("identity.api_key_revoked");
  expect(await authenticate(expired.apiKey, expired)).toBe("identity.api_key_expired");
  expect(await authenticate(new Secret("hf_short"), good)).toBe("identity.api_key_malformed");
  const { token } = world.deps.mintApiKey({
    serviceAccountId: "sa_nobody",
    organizationId: world.organization.id,
    description: "",
    expireAtMs: undefined,
  });
  expect(await authenticate(token, good)).toBe("identity.api_key_unknown");
});

test("a service account that has lost its permission is refused", async () => {
  const one = await admitted();
  const deps = { ...dependencies(), isViewer: () => false };
  expect(await authenticate(one.apiKey, one, deps)).toBe("access.insufficient_permission");
});

test("a store that is away is no refusal: the runner may come again", async () => {
  const one = await admitted();
  const deps = {
    ...dependencies(),
    authenticateApiKey: () => Promise.reject(new Error("connection lost")),
  };
  await expect(authenticateRunner(deps, one.apiKey, one)).rejects.toThrow("connection lost");
});
