import { expect, test } from "vitest";
import type { AuditEvent } from "../../audit/audit-record.ts";
import type { Storage, Stores } from "../../stores.ts";
import { GroupCommit } from "./group-commit.ts";

/** A storage that only counts transactions and keeps what the audit was told in those that succeeded. */
function openStorage() {
  const durable: string[] = [];
  const batches: number[] = [];
  const storage: Storage = {
    // Nothing in these tests reads.
    read: {} as Stores,
    write: async (work) => {
      const draft: string[] = [];
      const audit = {
        append: async (event: AuditEvent) => {
          draft.push(event.subject);
          await Promise.resolve();
        },
      };
      // Only the audit is used here.
      const value = await work({ audit } as unknown as Stores);
      durable.push(...draft);
      batches.push(draft.length);
      return value;
    },
  };
  return { storage, durable, batches };
}

function piece(subject: string, isBroken = false) {
  return async () => {
    await Promise.resolve();
    if (isBroken) {
      throw new Error(subject);
    }
    const event = { organizationId: "org_1", actor: "a", action: "x", subject, detail: {} };
    return { value: subject, audit: [{ event, atMs: 0 }] };
  };
}

test("what is asked for together is written in one transaction, in the order of arrival", async () => {
  const { storage, durable, batches } = openStorage();
  const commit = new GroupCommit(storage, 10);
  const answers = await Promise.all(
    ["1", "2", "3"].map(async (id) => await commit.write(piece(id))),
  );
  expect(answers).toEqual(["1", "2", "3"]);
  expect(durable).toEqual(["1", "2", "3"]);
  expect(batches).toEqual([3]);
});

test("a transaction takes no more than the bound: the rest goes into the next", async () => {
  const { storage, batches } = openStorage();
  const commit = new GroupCommit(storage, 2);
  await Promise.all(["1", "2", "3"].map(async (id) => await commit.write(piece(id))));
  await commit.write(piece("4"));
  expect(batches).toEqual([2, 1, 1]);
});

test("what cannot be written fails alone, and leaves nothing behind of itself", async () => {
  const { storage, durable } = openStorage();
  const commit = new GroupCommit(storage, 10);
  const outcomes = await Promise.allSettled([
    commit.write(piece("1")),
    commit.write(piece("broken", true)),
    commit.write(piece("3")),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(durable).toEqual(["1", "3"]);
});
