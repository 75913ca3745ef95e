import { describe, expect, test } from "vitest";
import { type ContractStore, insertOrganization } from "./fixture-contract.ts";

/** What every store promises of the audit and of transactions. */
export function auditContract(store: () => ContractStore): void {
  describe("the audit", () => {
    const event = (organizationId: string | undefined, action: string, subject = "run_1") => ({
      organizationId,
      actor: "sa_1",
      action,
      subject,
      detail: { name: "prod", generation: 2, forced: true },
    });

    test("records of a chain follow one another without gaps, also of many writers at once", async () => {
      const { id } = await insertOrganization(store());
      const { storage } = store();
      await Promise.all(
        Array.from({ length: 10 }, async (_, index) => {
          await storage.write(async ({ audit }) => {
            await audit.append(event(id, "runner.created"), index);
            await audit.append(event(id, "runner.updated"), index);
          });
        }),
      );
      const chain = await storage.read.audit.export(id, 0, 100);
      expect(chain.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 20 }, (_, index) => index + 1),
      );
      for (const [index, record] of chain.entries()) {
        expect(record.previousHash).toBe(index === 0 ? "0".repeat(64) : chain[index - 1]?.hash);
      }
    });

    test("a record comes back as it was appended", async () => {
      const { id } = await insertOrganization(store());
      const { storage } = store();
      const appended = await storage.write(
        async ({ audit }) => await audit.append(event(id, "runner.created"), 7),
      );
      expect(appended).toMatchObject({ ...event(id, "runner.created"), sequence: 1, atMs: 7 });
      expect(await storage.read.audit.export(id, 0, 5)).toEqual([appended]);
      expect(await storage.read.audit.export(id, 1, 5)).toEqual([]);
    });

    test("each organization and the installation have a chain of their own", async () => {
      const { id } = await insertOrganization(store());
      const { storage } = store();
      const before = await storage.read.audit.list(undefined, {
        size: 1,
        after: undefined,
        actionPrefix: "",
        subject: undefined,
      });
      const last = before.entries[0]?.sequence ?? 0;
      await storage.write(async ({ audit }) => {
        await audit.append(event(undefined, "organization.created", id), 1);
        await audit.append(event(id, "runner.created"), 1);
      });
      expect(await storage.read.audit.export(undefined, last, 5)).toMatchObject([
        { sequence: last + 1, organizationId: undefined, subject: id },
      ]);
      expect(await storage.read.audit.export(id, 0, 5)).toMatchObject([{ sequence: 1 }]);
    });

    test("records are listed the newest first, by action and subject, page by page", async () => {
      const { id } = await insertOrganization(store());
      const { storage } = store();
      await storage.write(async ({ audit }) => {
        await audit.append(event(id, "runner.created", "run_1"), 1);
        await audit.append(event(id, "runner.updated", "run_2"), 2);
        await audit.append(event(id, "secret.created", "sec_1"), 3);
      });
      const list = async (actionPrefix: string, subject: string | undefined, after?: string) =>
        await storage.read.audit.list(id, { size: 2, after, actionPrefix, subject });
      const first = await list("", undefined);
      const second = await list("", undefined, first.next);
      const sequences = [...first.entries, ...second.entries].map(({ sequence }) => sequence);
      expect(sequences).toEqual([3, 2, 1]);
      expect((await list("runner.", undefined)).entries).toHaveLength(2);
      expect((await list("runner.", "run_1")).entries).toHaveLength(1);
      expect((await list("%", undefined)).entries).toHaveLength(0);
    });

    test("a record that is in the store cannot be changed or removed", async () => {
      const { id } = await insertOrganization(store());
      await store().storage.write(
        async ({ audit }) => await audit.append(event(id, "runner.created"), 1),
      );
      for (const statement of [
        `update audit_record set actor = 'nobody' where chain = '${id}'`,
        `delete from audit_record where chain = '${id}'`,
      ]) {
        await expect(store().query(statement)).rejects.toThrow("the audit is only appended to");
      }
    });
  });

  describe("transactions", () => {
    test("a change and its audit record happen both or not at all", async () => {
      const organization = await insertOrganization(store());
      const { storage } = store();
      const attempt = storage.write(async ({ organizations, audit }) => {
        await organizations.update({ ...organization, displayName: "Changed" });
        await audit.append(
          {
            organizationId: organization.id,
            actor: "system",
            action: "organization.updated",
            subject: organization.id,
            detail: {},
          },
          1,
        );
        throw new Error("on purpose");
      });
      await expect(attempt).rejects.toThrow("on purpose");
      expect(await storage.read.organizations.find(organization.id)).toEqual(organization);
      expect(await storage.read.audit.export(organization.id, 0, 5)).toEqual([]);
    });

    test("a text that no database can hold is the caller's mistake", async () => {
      const organization = await insertOrganization(store());
      await expect(
        store().storage.write(async ({ organizations }) => {
          await organizations.update({ ...organization, displayName: "a\0b" });
        }),
      ).rejects.toMatchObject({ code: "request.invalid" });
    });

    test("of two who read, decide and write, the second decides on what the first wrote", async () => {
      const organization = await insertOrganization(store());
      const { storage } = store();
      const append = async (letter: string) =>
        await storage.write(async ({ organizations }) => {
          const found = await organizations.find(organization.id);
          const displayName = `${found?.displayName ?? ""}${letter}`;
          await organizations.update({ ...organization, displayName });
        });
      await Promise.all(["a", "b", "c", "d"].map(append));
      const found = await storage.read.organizations.find(organization.id);
      expect(found?.displayName).toHaveLength(organization.displayName.length + 4);
    });
  });
}
