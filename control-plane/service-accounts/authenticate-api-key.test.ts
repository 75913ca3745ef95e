import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "@holdfast/foundation/secret.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { openTestStorage } from "../../test/support/test-storage.ts";
import type { OpenStore } from "../storage/sql-storage.ts";
import type { Storage } from "../stores.ts";
import { authenticateApiKey } from "./authenticate-api-key.ts";
import { administratorName, ensureAdministrator, isFirstStart } from "./ensure-administrator.ts";
import { openPeppers, type Peppers } from "./peppers.ts";
import type { ServiceAccount } from "./service-account.ts";
import {
  createApiKey,
  createServiceAccount,
  deleteServiceAccount,
  findApiKey,
  revokeApiKey,
  type ServiceAccountDependencies,
  updateServiceAccount,
} from "./service-account-life-cycle.ts";

const minuteMs = 60_000;
const clock = new TestClock();
const random = new TestRandom("authenticate");
let folder = "";
let store: OpenStore;
let storage: Storage;
let peppers: Peppers;
let deps: ServiceAccountDependencies;
let rolesChanged = 0;
let account: ServiceAccount;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-authenticate-"));
  store = await openTestStorage();
  storage = store.storage;
  peppers = openPeppers({ path: join(folder, "pepper.json"), random, mayMake: true });
  deps = {
    storage,
    clock,
    random,
    peppers,
    rolesChanged: () => {
      rolesChanged += 1;
    },
  };
  for (const name of ["own", "other"]) {
    const organization = { id: `org_${name}`, name, displayName: "", createdAtMs: 0 };
    await storage.write(async ({ organizations }) => await organizations.insert(organization));
  }
  account = await createServiceAccount(deps, "sa_admin", draft("own", "account"));
});
afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const wholePage = { size: 500, after: undefined };
const draft = (organization: string, name: string) =>
  ({ organizationId: `org_${organization}`, name, description: "", role: "viewer" }) as const;
const content = (lifetimeSeconds: number, serviceAccount = "account") => ({
  organizationId: "org_own",
  serviceAccount,
  description: "",
  lifetimeSeconds,
});
const authenticate = async (token: Secret<string>) =>
  await authenticateApiKey({ storage, clock, peppers }, token);
const actionsOn = async (subject: string): Promise<readonly string[]> =>
  (await storage.read.audit.export("org_own", 0, 500))
    .filter((record) => record.subject === subject)
    .map(({ action }) => action);

describe("authentication", () => {
  test("a key that was minted proves its account, and is remembered as used at most once a minute", async () => {
    const { key, token } = await createApiKey(deps, "sa_admin", content(0));
    const usedAtMs = async () => (await storage.read.apiKeys.find(key.id))?.lastUsedAtMs;
    expect((await authenticate(token)).account).toEqual(account);
    const first = clock.nowMs();
    await clock.advance(minuteMs - 1);
    await authenticate(token);
    expect(await usedAtMs()).toBe(first);
    await clock.advance(1);
    await authenticate(token);
    expect(await usedAtMs()).toBe(first + minuteMs);
  });

  test("a key that is not known, or whose secret is another's, is refused alike", async () => {
    const one = await createApiKey(deps, "sa_admin", content(0));
    const stranger = openPeppers({
      path: join(folder, "stranger.json"),
      random: new TestRandom("stranger"),
      mayMake: true,
    });
    const { mintApiKey } = await import("./api-key.ts");
    const unknown = mintApiKey(
      { ...deps, peppers: stranger },
      { ...one.key, expireAtMs: undefined },
    );
    await expect(authenticate(unknown.token)).rejects.toMatchObject({
      code: "identity.api_key_unknown",
    });
    // The right id, with the digest of another secret.
    await storage.write(async ({ apiKeys }) => await apiKeys.insert(unknown.key));
    await expect(authenticate(unknown.token)).rejects.toMatchObject({
      code: "identity.api_key_unknown",
      message: "The API key is not known.",
    });
    await expect(authenticate(new Secret("hf_x"))).rejects.toMatchObject({
      code: "identity.api_key_malformed",
    });
  });

  test("a key that expires between two calls is refused at the second", async () => {
    const { token } = await createApiKey(deps, "sa_admin", content(10));
    await clock.advance(9_999);
    await authenticate(token);
    await clock.advance(1);
    await expect(authenticate(token)).rejects.toMatchObject({ code: "identity.api_key_expired" });
  });

  test("a key that is revoked between two calls is refused at the second, for good", async () => {
    const { key, token } = await createApiKey(deps, "sa_admin", content(0));
    await authenticate(token);
    const target = { organizationId: "org_own", apiKeyId: key.id };
    const revoked = await revokeApiKey(deps, "sa_admin", target);
    await expect(authenticate(token)).rejects.toMatchObject({ code: "identity.api_key_revoked" });
    await clock.advance(minuteMs);
    expect((await revokeApiKey(deps, "sa_admin", target)).revokedAtMs).toBe(revoked.revokedAtMs);
    expect(await actionsOn(key.id)).toEqual(["api_key.created", "api_key.revoked"]);
  });

  test("the keys of an account that is deleted open nothing any more", async () => {
    await createServiceAccount(deps, "sa_admin", draft("own", "leaving"));
    const { token } = await createApiKey(deps, "sa_admin", content(0, "leaving"));
    await authenticate(token);
    await deleteServiceAccount(deps, "sa_admin", {
      organizationId: "org_own",
      serviceAccount: "leaving",
    });
    await expect(authenticate(token)).rejects.toMatchObject({ code: "identity.api_key_unknown" });
  });
});

describe("service accounts", () => {
  test("the key itself is neither in the store nor in the audit", async () => {
    const { key, token } = await createApiKey(deps, "sa_admin", content(0));
    const secret = token.expose().slice(26, 69);
    const kept = await storage.read.apiKeys.find(key.id);
    const records = await storage.read.audit.export("org_own", 0, 500);
    expect(JSON.stringify([kept, records])).not.toContain(secret);
    expect(Buffer.from(kept?.digest ?? []).includes(secret)).toBe(false);
  });

  test("another organization's accounts and keys are not found", async () => {
    const { key } = await createApiKey(deps, "sa_admin", content(0));
    const elsewhere = { ...content(0), organizationId: "org_other" };
    await expect(createApiKey(deps, "sa_admin", elsewhere)).rejects.toMatchObject({
      code: "service_account.not_found",
    });
    await expect(findApiKey(storage.read, "org_other", key.id)).rejects.toMatchObject({
      code: "api_key.not_found",
    });
    const target = { organizationId: "org_other", apiKeyId: key.id };
    await expect(revokeApiKey(deps, "sa_admin", target)).rejects.toMatchObject({
      code: "api_key.not_found",
    });
    expect((await storage.read.apiKeys.find(key.id))?.revokedAtMs).toBeUndefined();
  });

  test("a change of a role is recorded, and ends the decisions that were kept", async () => {
    const { id } = await createServiceAccount(deps, "sa_admin", draft("own", "rising"));
    const before = rolesChanged;
    const changed = await updateServiceAccount(deps, "sa_admin", {
      organizationId: "org_own",
      serviceAccount: id,
      description: undefined,
      role: "operator",
    });
    expect(changed.role).toBe("operator");
    expect(rolesChanged).toBe(before + 1);
    expect(await actionsOn(id)).toEqual(["service_account.created", "service_account.updated"]);
  });

  test("a runner's service account is neither changed nor deleted nor given keys on its own", async () => {
    const runner = {
      id: "run_1",
      organizationId: "org_own",
      name: "runner",
      description: "",
      isEnabled: true,
      serviceAccountId: undefined,
      createdAtMs: 0,
      lastSeenAtMs: undefined,
    };
    const own: ServiceAccount = {
      ...draft("own", "runner-account"),
      id: "sa_runner",
      runnerId: "run_1",
      createdAtMs: 0,
    };
    await storage.write(async ({ runners, serviceAccounts }) => {
      await runners.insert(runner);
      await serviceAccounts.insert(own);
    });
    const organizationId = "org_own";
    const serviceAccount = "runner-account";
    const change = { organizationId, serviceAccount, description: "", role: undefined };
    for (const attempt of [
      async () => await updateServiceAccount(deps, "sa_admin", change),
      async () => await deleteServiceAccount(deps, "sa_admin", { organizationId, serviceAccount }),
      async () => await createApiKey(deps, "sa_admin", content(0, serviceAccount)),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: "service_account.of_runner" });
    }
    expect(await storage.read.serviceAccounts.findById("sa_runner")).toEqual(own);
  });

  test("everything that is wrong with a new account is said at once", async () => {
    await expect(
      createServiceAccount(deps, "sa_admin", {
        ...draft("own", "Not A Name"),
        description: "x".repeat(1_001),
      }),
    ).rejects.toMatchObject({
      code: "request.invalid",
      fields: [{ field: "name" }, { field: "description" }],
    });
  });
});

describe("the first start", () => {
  test("makes one administrator, and hands its key over before it counts", async () => {
    expect(await isFirstStart(storage)).toBe(true);
    const killed = ensureAdministrator(deps, async () => {
      await Promise.resolve();
      throw new Error("killed");
    });
    await expect(killed).rejects.toThrow("killed");
    expect(await isFirstStart(storage)).toBe(true);

    const tokens: Secret<string>[] = [];
    const handOver = async (token: Secret<string>): Promise<void> => {
      tokens.push(token);
      await Promise.resolve();
    };
    expect(await ensureAdministrator(deps, handOver)).toBe(true);
    expect(await ensureAdministrator(deps, handOver)).toBe(false);
    expect(tokens).toHaveLength(1);
    const proved = await authenticate(tokens[0] as Secret<string>);
    expect(proved.account).toMatchObject({
      organizationId: undefined,
      name: "administrator",
      role: "administrator",
    });
    const [record] = await storage.read.audit.export(undefined, 0, 5);
    expect(record).toMatchObject({ actor: "system", action: "service_account.created" });
  });

  test("the administrator's last valid key is not revoked, and any other is", async () => {
    const organizationId = undefined;
    const mint = async (lifetimeSeconds: number) =>
      await createApiKey(deps, "sa_admin", {
        ...content(lifetimeSeconds, administratorName),
        organizationId,
      });
    const revoke = async (apiKeyId: string) =>
      await revokeApiKey(deps, "sa_admin", { organizationId, apiKeyId });
    const { account } = await authenticate((await mint(0)).token);
    for (const { id } of (await storage.read.apiKeys.list(account.id, wholePage)).entries.slice(
      1,
    )) {
      await revoke(id);
    }
    const [only] = (await storage.read.apiKeys.list(account.id, wholePage)).entries;
    const last = only?.id ?? "";
    await expect(revoke(last)).rejects.toMatchObject({ code: "api_key.last" });

    // One that has expired opens nothing, and so does not count.
    const passing = await mint(10);
    await clock.advance(9_999);
    await authenticate(passing.token);
    await clock.advance(1);
    await expect(revoke(last)).rejects.toMatchObject({ code: "api_key.last" });
    expect((await storage.read.apiKeys.find(last))?.revokedAtMs).toBeUndefined();

    const next = await mint(10);
    expect((await revoke(last)).revokedAtMs).toBe(clock.nowMs());
    await authenticate(next.token);
    await expect(revoke(next.key.id)).rejects.toMatchObject({ code: "api_key.last" });
    const records = await storage.read.audit.export(undefined, 0, 500);
    expect(records.at(-1)).toMatchObject({ action: "api_key.revoked", subject: last });
    expect(records.at(-2)).toMatchObject({ action: "api_key.created", subject: next.key.id });
  });

  test("a key of an organization is not found among the administrator's, nor the other way round", async () => {
    const { key } = await createApiKey(deps, "sa_admin", content(0));
    const elsewhere = { organizationId: undefined, apiKeyId: key.id };
    await expect(revokeApiKey(deps, "sa_admin", elsewhere)).rejects.toMatchObject({
      code: "api_key.not_found",
    });
    const administrators = await createApiKey(deps, "sa_admin", {
      ...content(0, administratorName),
      organizationId: undefined,
    });
    const target = { organizationId: "org_own", apiKeyId: administrators.key.id };
    await expect(revokeApiKey(deps, "sa_admin", target)).rejects.toMatchObject({
      code: "api_key.not_found",
    });
  });
});
