import { describe, expect, test } from "vitest";
import {
  type ContractStore,
  insertOrganization,
  insertRunner,
  makeAccount,
  makeConnection,
  makeKey,
  makeName,
  makeSecret,
} from "./fixture-contract.ts";

/** What every store promises of organizations, service accounts and API keys. */
export function organizationContract(store: () => ContractStore): void {
  describe("organizations", () => {
    test("an organization is found by name and by id", async () => {
      const organization = await insertOrganization(store());
      const { organizations } = store().storage.read;
      expect(await organizations.find(organization.name)).toEqual(organization);
      expect(await organizations.find(organization.id)).toEqual(organization);
      expect(await organizations.find("nobody")).toBeUndefined();
    });

    test("a name that is taken is refused", async () => {
      const { name } = await insertOrganization(store());
      const again = { id: "org_again", name, displayName: "", createdAtMs: 0 };
      await expect(
        store().storage.write(async (stores) => await stores.organizations.insert(again)),
      ).rejects.toMatchObject({ code: "organization.exists" });
    });

    test("pages follow one another in the order of names, without gap or repetition", async () => {
      const prefix = makeName("page");
      const names = ["-a", "-b", "-c", "-d", "-e"].map((end) => `${prefix.slice(0, 20)}${end}`);
      await store().storage.write(async ({ organizations }) => {
        for (const name of names.toReversed()) {
          await organizations.insert({ id: `org_${name}`, name, displayName: "", createdAtMs: 0 });
        }
      });
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await store().storage.read.organizations.list({
          size: 2,
          after,
          namePrefix: prefix.slice(0, 20),
        });
        seen.push(...page.entries.map(({ name }) => name));
        after = page.next;
      } while (after !== undefined);
      expect(seen).toEqual(names);
    });

    test("characters that mean something in a pattern are only characters in a prefix", async () => {
      await insertOrganization(store());
      for (const namePrefix of ["%", "_", "\\", "'"]) {
        const page = await store().storage.read.organizations.list({
          size: 5,
          after: undefined,
          namePrefix,
        });
        expect(page).toEqual({ entries: [], next: undefined });
      }
    });

    test("an organization to which something belongs is not deleted", async () => {
      const { storage } = store();
      const byKind = {
        runner: (await insertRunner(store())).runner.organizationId,
        secret: (await insertOrganization(store())).id,
        account: (await insertOrganization(store())).id,
      };
      await storage.write(async (stores) => {
        const { secret, first } = makeSecret(byKind.secret);
        await stores.secrets.insert(secret, first);
        await stores.serviceAccounts.insert(makeAccount(byKind.account));
      });
      for (const id of Object.values(byKind)) {
        await expect(
          storage.write(async ({ organizations }) => await organizations.delete(id)),
        ).rejects.toMatchObject({ code: "organization.not_empty" });
        expect(await storage.read.organizations.find(id)).toBeDefined();
      }
    });

    test("an organization is changed and deleted, and its audit outlives it", async () => {
      const { storage } = store();
      const organization = await insertOrganization(store());
      const { id } = organization;
      await storage.write(async ({ organizations, audit }) => {
        await organizations.update({ ...organization, displayName: "Another" });
        const event = { organizationId: id, actor: "system", subject: id, detail: {} };
        await audit.append({ ...event, action: "organization.updated" }, 1);
      });
      expect((await storage.read.organizations.find(id))?.displayName).toBe("Another");
      await storage.write(async ({ organizations }) => await organizations.delete(id));
      expect(await storage.read.organizations.find(id)).toBeUndefined();
      expect(await storage.read.audit.export(id, 0, 10)).toHaveLength(1);
    });
  });

  describe("service accounts and API keys", () => {
    test("a name taken in one organization is free in another and in the installation", async () => {
      const first = makeAccount((await insertOrganization(store())).id);
      const second = { ...makeAccount((await insertOrganization(store())).id), name: first.name };
      const third = { ...makeAccount(undefined), name: first.name };
      const { storage } = store();
      await storage.write(async ({ serviceAccounts }) => {
        await serviceAccounts.insert(first);
        await serviceAccounts.insert(second);
        await serviceAccounts.insert(third);
      });
      const { serviceAccounts } = storage.read;
      expect(await serviceAccounts.find(first.organizationId, first.name)).toEqual(first);
      expect(await serviceAccounts.find(second.organizationId, first.name)).toEqual(second);
      expect(await serviceAccounts.find(undefined, first.name)).toEqual(third);
      expect(await serviceAccounts.find(first.organizationId, second.id)).toBeUndefined();
      const fourth = { ...makeAccount(undefined), name: first.name };
      await expect(
        storage.write(async (stores) => await stores.serviceAccounts.insert(fourth)),
      ).rejects.toMatchObject({ code: "service_account.exists" });
    });

    test("a key of an account comes back as it was written, the newest first", async () => {
      const account = makeAccount((await insertOrganization(store())).id);
      const older = makeKey(account);
      const newer = {
        ...makeKey(account),
        createdAtMs: older.createdAtMs + 1,
        expireAtMs: undefined,
      };
      const { storage } = store();
      await storage.write(async ({ serviceAccounts, apiKeys }) => {
        await serviceAccounts.insert(account);
        await apiKeys.insert(older);
        await apiKeys.insert(newer);
      });
      expect(await storage.read.apiKeys.find(older.id)).toEqual(older);
      const first = await storage.read.apiKeys.list(account.id, { size: 1, after: undefined });
      const second = await storage.read.apiKeys.list(account.id, { size: 1, after: first.next });
      expect([...first.entries, ...second.entries]).toEqual([newer, older]);
      expect(second.next).toBeUndefined();
    });

    test("a key is revoked once, and stays revoked", async () => {
      const account = makeAccount((await insertOrganization(store())).id);
      const key = makeKey(account);
      const { storage } = store();
      await storage.write(async ({ serviceAccounts, apiKeys }) => {
        await serviceAccounts.insert(account);
        await apiKeys.insert(key);
      });
      const revoke = async (atMs: number) =>
        await storage.write(
          async ({ apiKeys }) => await apiKeys.revoke([key.id, "key_none"], atMs),
        );
      expect(await revoke(10)).toEqual([key.id]);
      expect(await revoke(20)).toEqual([]);
      await storage.write(async ({ apiKeys }) => await apiKeys.touch(key.id, 30));
      expect(await storage.read.apiKeys.find(key.id)).toMatchObject({
        revokedAtMs: 10,
        lastUsedAtMs: 30,
      });
      await expect(
        store().query(`update api_key set revoked_at_ms = null where id = '${key.id}'`),
      ).rejects.toThrow("what is revoked stays revoked");
    });

    test("the keys of an account go with it", async () => {
      const account = makeAccount(undefined);
      const key = makeKey(account);
      const { storage } = store();
      await storage.write(async ({ serviceAccounts, apiKeys }) => {
        await serviceAccounts.insert(account);
        await apiKeys.insert(key);
        await serviceAccounts.delete(account.id);
      });
      expect(await storage.read.serviceAccounts.findById(account.id)).toBeUndefined();
      expect(await storage.read.apiKeys.find(key.id)).toBeUndefined();
    });
  });

  describe("the walls", () => {
    test("nothing of one organization can name anything of another", async () => {
      const { storage } = store();
      const own = await insertRunner(store());
      const other = await insertRunner(store());
      const ownId = own.runner.organizationId;
      const attempts = {
        "a connection over another's runner": async () =>
          await storage.write(
            async ({ connections }) =>
              await connections.insert({ ...makeConnection(other.runner), organizationId: ownId }),
          ),
        "a key of another's account": async () =>
          await storage.write(
            async ({ apiKeys }) =>
              await apiKeys.insert({ ...makeKey(other.account), organizationId: ownId }),
          ),
        "a key of the installation on an organization's account": async () =>
          await storage.write(
            async ({ apiKeys }) =>
              await apiKeys.insert({ ...makeKey(other.account), organizationId: undefined }),
          ),
        "an account of another's runner": async () =>
          await storage.write(
            async ({ serviceAccounts }) =>
              await serviceAccounts.insert({ ...makeAccount(ownId), runnerId: other.runner.id }),
          ),
        "a runner with another's account": async () =>
          await storage.write(
            async ({ runners }) =>
              await runners.update({ ...own.runner, serviceAccountId: other.account.id }),
          ),
      };
      for (const [what, attempt] of Object.entries(attempts)) {
        await expect(attempt(), what).rejects.toThrow();
      }
    });
  });
}
