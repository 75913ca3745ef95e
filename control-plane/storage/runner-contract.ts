import { describe, expect, test } from "vitest";
import {
  type ContractStore,
  insertOrganization,
  insertRunner,
  makeConnection,
  makeCredentials,
  makeKey,
} from "./fixture-contract.ts";

/** What every store promises of runners and their credentials. */
export function runnerContract(store: () => ContractStore): void {
  describe("runners", () => {
    test("a runner is found by name and id in its own organization only", async () => {
      const { runner } = await insertRunner(store());
      const other = await insertOrganization(store());
      const { runners } = store().storage.read;
      expect(await runners.find(runner.organizationId, runner.name)).toEqual(runner);
      expect(await runners.find(runner.organizationId, runner.id)).toEqual(runner);
      expect(await runners.find(other.id, runner.id)).toBeUndefined();
    });

    test("a runner is listed by prefix and by id", async () => {
      const { runner } = await insertRunner(store());
      const second = await insertRunner(store(), runner.organizationId);
      const list = async (ids: readonly string[] | undefined, namePrefix = "") => {
        const query = { size: 10, after: undefined, namePrefix };
        const page = await store().storage.read.runners.list(
          runner.organizationId,
          ids === undefined ? query : { ...query, ids },
        );
        return page.entries.map(({ id }) => id).sort();
      };
      expect(await list(undefined)).toEqual([runner.id, second.runner.id].sort());
      expect(await list([runner.id])).toEqual([runner.id]);
      expect(await list([])).toEqual([]);
      expect(await list(undefined, runner.name)).toEqual([runner.id]);
    });

    test("when a runner was last seen never goes back", async () => {
      const { runner } = await insertRunner(store());
      const { storage } = store();
      const touch = async (atMs: number) =>
        await storage.write(
          async ({ runners }) => await runners.touch(runner.organizationId, runner.id, atMs),
        );
      await touch(20);
      await touch(10);
      const found = await storage.read.runners.find(runner.organizationId, runner.id);
      expect(found?.lastSeenAtMs).toBe(20);
    });

    test("a runner that a connection names is not deleted", async () => {
      const { runner } = await insertRunner(store());
      const { storage } = store();
      const connection = makeConnection(runner);
      await storage.write(async ({ connections }) => await connections.insert(connection));
      const drop = async () =>
        await storage.write(
          async ({ runners }) => await runners.delete(runner.organizationId, runner.id),
        );
      await expect(drop()).rejects.toMatchObject({ code: "runner.in_use" });
      await storage.write(
        async ({ connections }) => await connections.delete(runner.organizationId, connection.id),
      );
      await drop();
      expect(await storage.read.runners.find(runner.organizationId, runner.id)).toBeUndefined();
    });

    test("a runner's service account, keys and credentials go with it", async () => {
      const { runner, account } = await insertRunner(store());
      const key = makeKey(account);
      const credentials = makeCredentials(runner, key, 1);
      const { storage } = store();
      await storage.write(async (stores) => {
        await stores.apiKeys.insert(key);
        await stores.credentials.insert(credentials);
        await stores.runners.delete(runner.organizationId, runner.id);
      });
      const { apiKeys, serviceAccounts } = storage.read;
      expect(await apiKeys.find(key.id)).toBeUndefined();
      expect(await serviceAccounts.findById(account.id)).toBeUndefined();
      expect(
        await storage.read.credentials.findBySerial(credentials.certificateSerial),
      ).toBeUndefined();
    });
  });

  describe("credentials", () => {
    test("generations count from 1, and two callers at once get two numbers", async () => {
      const { runner, account } = await insertRunner(store());
      const { storage } = store();
      const mint = async () =>
        await storage.write(async (stores) => {
          const generation = await stores.credentials.nextGeneration(
            runner.organizationId,
            runner.id,
          );
          const key = makeKey(account);
          await stores.apiKeys.insert(key);
          await stores.credentials.insert(makeCredentials(runner, key, generation));
          return generation;
        });
      const generations = await Promise.all([mint(), mint(), mint(), mint(), mint()]);
      expect(generations.toSorted()).toEqual([1, 2, 3, 4, 5]);
      const page = await storage.read.credentials.list(runner.organizationId, runner.id, {
        size: 3,
        after: undefined,
      });
      const rest = await storage.read.credentials.list(runner.organizationId, runner.id, {
        size: 3,
        after: page.next,
      });
      const listed = [...page.entries, ...rest.entries].map(({ generation }) => generation);
      expect(listed).toEqual([5, 4, 3, 2, 1]);
    });

    test("a late writer does not take back a revocation", async () => {
      const { runner, account } = await insertRunner(store());
      const key = makeKey(account);
      const stale = makeCredentials(runner, key, 1);
      const { storage } = store();
      await storage.write(async (stores) => {
        await stores.apiKeys.insert(key);
        await stores.credentials.insert(stale);
        await stores.credentials.update({ ...stale, revokedAtMs: 10 });
        await stores.credentials.update({ ...stale, firstConnectedAtMs: 11 });
      });
      expect(await storage.read.credentials.findBySerial(stale.certificateSerial)).toEqual({
        ...stale,
        revokedAtMs: 10,
        firstConnectedAtMs: 11,
      });
      await expect(
        store().query(
          `update runner_credentials set revoked_at_ms = null where runner_id = '${runner.id}'`,
        ),
      ).rejects.toThrow("what is revoked stays revoked");
    });

    test("what is not revoked is active, and overdue once its overlap has ended", async () => {
      const { runner, account } = await insertRunner(store());
      const key = makeKey(account);
      const { storage } = store();
      const revoked = { ...makeCredentials(runner, key, 1), revokedAtMs: 5, revokeAfterMs: 10 };
      const overlapping = { ...makeCredentials(runner, key, 2), revokeAfterMs: 10 };
      const newest = makeCredentials(runner, key, 3);
      await storage.write(async (stores) => {
        await stores.apiKeys.insert(key);
        for (const credentials of [revoked, overlapping, newest]) {
          await stores.credentials.insert(credentials);
        }
      });
      const { credentials } = storage.read;
      const own = async (nowMs: number) =>
        (await credentials.listOverdue(nowMs)).filter(({ runnerId }) => runnerId === runner.id);
      expect(await credentials.listActive(runner.organizationId, runner.id)).toEqual([
        overlapping,
        newest,
      ]);
      expect(await own(9)).toEqual([]);
      expect(await own(10)).toEqual([overlapping]);
      expect(await credentials.find(runner.organizationId, runner.id, 3)).toEqual(newest);
    });
  });
}
