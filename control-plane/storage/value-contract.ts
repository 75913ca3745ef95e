import { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { describe, expect, test } from "vitest";
import {
  type ContractStore,
  insertOrganization,
  insertRunner,
  makeConnection,
  makeSecret,
  makeVariable,
} from "./fixture-contract.ts";

/** What every store promises of secrets, variables, connections and keys. */
export function valueContract(store: () => ContractStore): void {
  secretContract(store);
  variableContract(store);
  connectionContract(store);
  encryptionKeyContract(store);
}

function secretContract(store: () => ContractStore): void {
  describe("secrets", () => {
    test("a name taken in one organization is free in another", async () => {
      const own = makeSecret((await insertOrganization(store())).id);
      const other = makeSecret((await insertOrganization(store())).id);
      const { storage } = store();
      const insert = async ({ secret, first }: typeof own, name: string) =>
        await storage.write(
          async ({ secrets }) => await secrets.insert({ ...secret, name }, first),
        );
      await insert(own, "shared");
      await insert(other, "shared");
      await expect(insert(makeSecret(own.secret.organizationId), "shared")).rejects.toMatchObject({
        code: "secret.exists",
      });
      const found = await storage.read.secrets.find(own.secret.organizationId, "shared");
      expect(found).toEqual({ ...own.secret, name: "shared" });
    });

    test("a version is written, read, sealed anew and destroyed for good", async () => {
      const { secret, first } = makeSecret((await insertOrganization(store())).id);
      const { storage } = store();
      const find = async () =>
        await storage.read.secrets.findVersion(secret.organizationId, secret.id, 1);
      await storage.write(async ({ secrets }) => await secrets.insert(secret, first));
      expect(await find()).toEqual(first);
      const anew = { ...first, sealed: new Uint8Array([1, 2, 3]) };
      await storage.write(async ({ secrets }) => await secrets.updateVersion(anew));
      expect(await find()).toEqual(anew);
      const destroyed = { ...first, sealed: undefined };
      await storage.write(async ({ secrets }) => await secrets.updateVersion(destroyed));
      expect(await find()).toEqual(destroyed);
      await expect(
        storage.write(async ({ secrets }) => await secrets.updateVersion(anew)),
      ).rejects.toThrow("a destroyed version stays destroyed");
    });

    test("versions that hold a value are listed page by page, of one organization", async () => {
      const { id } = await insertOrganization(store());
      const { storage } = store();
      const made = [makeSecret(id), makeSecret(id)];
      await storage.write(async ({ secrets }) => {
        for (const { secret, first } of made) {
          await secrets.insert(secret, first);
          await secrets.insertVersion({ ...first, version: 2 });
          await secrets.insertVersion({ ...first, version: 3, sealed: undefined });
        }
      });
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await storage.read.secrets.listVersions(id, { size: 3, after });
        seen.push(...page.entries.map(({ secretId, version }) => `${secretId}/${version}`));
        after = page.next;
      } while (after !== undefined);
      const expected = made.flatMap(({ secret }) => [`${secret.id}/1`, `${secret.id}/2`]);
      expect(seen.toSorted()).toEqual(expected.toSorted());
    });

    test("two who add a version at once do not write the same number", async () => {
      const { secret, first } = makeSecret((await insertOrganization(store())).id);
      const { storage } = store();
      await storage.write(async ({ secrets }) => await secrets.insert(secret, first));
      const add = async () =>
        await storage.write(async ({ secrets }) => {
          const found = await secrets.find(secret.organizationId, secret.id);
          const version = (found?.version ?? 0) + 1;
          await secrets.update({ ...secret, version });
          await secrets.insertVersion({ ...first, version });
          return version;
        });
      expect((await Promise.all([add(), add(), add()])).toSorted()).toEqual([2, 3, 4]);
    });

    test("a secret goes with all its versions", async () => {
      const { secret, first } = makeSecret((await insertOrganization(store())).id);
      const { storage } = store();
      await storage.write(async ({ secrets }) => {
        await secrets.insert(secret, first);
        await secrets.delete(secret.organizationId, secret.id);
      });
      const { secrets } = storage.read;
      expect(await secrets.find(secret.organizationId, secret.id)).toBeUndefined();
      expect(await secrets.findVersion(secret.organizationId, secret.id, 1)).toBeUndefined();
    });
  });
}

function variableContract(store: () => ContractStore): void {
  describe("variables", () => {
    test("the newest value is read unless another version is asked for", async () => {
      const variable = makeVariable((await insertOrganization(store())).id);
      const { storage } = store();
      const { organizationId, id, name } = variable;
      const second = { ...variable, value: "us-east-1", version: 2, updatedAtMs: 5 };
      await storage.write(async ({ variables }) => {
        await variables.insert(variable);
        await variables.update(second);
      });
      const { variables } = storage.read;
      expect(await variables.find(organizationId, name, 0)).toEqual(second);
      expect(await variables.find(organizationId, id, 2)).toEqual(second);
      expect((await variables.find(organizationId, id, 1))?.value).toBe("eu-central-1");
      expect(await variables.find(organizationId, id, 3)).toBeUndefined();
      const page = await variables.list(organizationId, {
        size: 5,
        after: undefined,
        namePrefix: "",
      });
      expect(page.entries).toEqual([second]);
    });

    test("a change of the description alone writes no version", async () => {
      const variable = makeVariable((await insertOrganization(store())).id);
      const { storage } = store();
      const described = { ...variable, description: "Another" };
      await storage.write(async ({ variables }) => {
        await variables.insert(variable);
        await variables.update(described);
      });
      const { organizationId, id } = variable;
      expect(await storage.read.variables.find(organizationId, id, 0)).toEqual(described);
    });

    test("a variable goes with all its values, and its name is free again", async () => {
      const variable = makeVariable((await insertOrganization(store())).id);
      const { storage } = store();
      await storage.write(async ({ variables }) => await variables.insert(variable));
      await expect(
        storage.write(async ({ variables }) => {
          await variables.insert({ ...variable, id: "var_again" });
        }),
      ).rejects.toMatchObject({ code: "variable.exists" });
      await storage.write(async ({ variables }) => {
        await variables.delete(variable.organizationId, variable.id);
        await variables.insert({ ...variable, id: "var_again" });
      });
    });
  });
}

function connectionContract(store: () => ContractStore): void {
  describe("connections", () => {
    test("a connection comes back as it was written, settings and all", async () => {
      const { runner } = await insertRunner(store());
      const connection = makeConnection(runner);
      const { storage } = store();
      const { organizationId } = runner;
      await storage.write(async ({ connections }) => await connections.insert(connection));
      const { connections } = storage.read;
      expect(await connections.find(organizationId, connection.name)).toEqual(connection);
      const changed = { ...connection, description: "Another", sealedCredentials: undefined };
      await storage.write(async (stores) => await stores.connections.update(changed));
      expect(await connections.find(organizationId, connection.id)).toEqual(changed);
      const list = async (provider: Provider | undefined) =>
        await connections.list(organizationId, {
          size: 5,
          after: undefined,
          namePrefix: "conn",
          provider,
        });
      expect((await list(undefined)).entries).toEqual([changed]);
      expect((await list(connection.provider)).entries).toEqual([changed]);
      expect((await list(Provider.GCP)).entries).toEqual([]);
    });

    test("a name that is taken is refused", async () => {
      const { runner } = await insertRunner(store());
      const connection = makeConnection(runner);
      const { storage } = store();
      await storage.write(async ({ connections }) => await connections.insert(connection));
      await expect(
        storage.write(async ({ connections }) => {
          await connections.insert({ ...makeConnection(runner), name: connection.name });
        }),
      ).rejects.toMatchObject({ code: "connection.exists" });
    });
  });
}

function encryptionKeyContract(store: () => ContractStore): void {
  describe("encryption keys", () => {
    test("an organization has one active key, and every key is found", async () => {
      const { id: organizationId } = await insertOrganization(store());
      const { storage } = store();
      const first = {
        id: `dek_1${organizationId}`,
        organizationId,
        masterKeyId: `kek_1${organizationId}`,
        wrapped: new Uint8Array([1]),
        isActive: true,
        createdAtMs: 1,
      };
      const second = { ...first, id: `dek_2${organizationId}` };
      await storage.write(async ({ encryptionKeys }) => await encryptionKeys.insert(first));
      await expect(
        storage.write(async ({ encryptionKeys }) => await encryptionKeys.insert(second)),
      ).rejects.toMatchObject({ code: "request.conflict" });
      const retired = { ...first, isActive: false };
      await storage.write(async ({ encryptionKeys }) => {
        await encryptionKeys.update(retired);
        await encryptionKeys.insert({ ...second, masterKeyId: "kek_2" });
      });
      const { encryptionKeys } = storage.read;
      expect((await encryptionKeys.findActive(organizationId))?.id).toBe(second.id);
      expect(await encryptionKeys.find(first.id)).toEqual(retired);
      const others = await encryptionKeys.list("kek_2");
      expect(others.filter((key) => key.organizationId === organizationId)).toEqual([retired]);
      const all = await encryptionKeys.list(undefined);
      expect(all.filter((key) => key.organizationId === organizationId)).toHaveLength(2);
    });
  });
}
