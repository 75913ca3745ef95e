import { describe, expect, test } from "vitest";
import type { Operation, OperationState } from "../operations/operation.ts";
import { isEnded, operationTransitions } from "../operations/operation-states.ts";
import {
  type ContractStore,
  insertOrganization,
  insertRunner,
  makeConnection,
  makeOperation,
} from "./fixture-contract.ts";

const states = Object.keys(operationTransitions) as OperationState[];
const failure = {
  code: "cloud.failed",
  message: "It did not work.",
  mender: "customer",
  isRetriable: false,
} as const;

/** What every store promises of operations. */
export function operationContract(store: () => ContractStore): void {
  describe("operations", () => {
    test("an operation comes back as it was written, after each transition", async () => {
      const { runner, account } = await insertRunner(store());
      const queued = { ...makeOperation(runner, account.id), idempotencyKey: "once" };
      const sent = { ...queued, state: "sent" } as const;
      const running = { ...sent, state: "running", startedAtMs: 5 } as const;
      const failed = {
        ...running,
        state: "failed",
        endedAtMs: 9,
        failure,
        outputBytes: 7,
      } as const;
      const { storage } = store();
      const find = async () => await storage.read.operations.find(runner.organizationId, queued.id);
      await storage.write(async ({ operations }) => await operations.insert(queued));
      expect(await find()).toEqual(queued);
      for (const [before, after] of [
        [queued, sent],
        [sent, running],
        [running, failed],
      ] as const) {
        const move = async () =>
          await storage.write(
            async ({ operations }) => await operations.transition(before.state, after),
          );
        expect(await move()).toBe(true);
        expect(await find()).toEqual(after);
        expect(await move()).toBe(false);
      }
    });

    test("the database allows exactly the transitions of the table", async () => {
      const { runner, account } = await insertRunner(store());
      for (const from of states) {
        for (const to of states) {
          const operation = makeOperation(runner, account.id);
          await bringTo(store(), operation, from);
          const move = store().query(
            `update operation set ${assignments(to)} where id = '${operation.id}'`,
          );
          if (operationTransitions[from].includes(to)) {
            await move;
          } else {
            await expect(move, `${from} to ${to}`).rejects.toThrow("no operation goes from");
          }
        }
      }
    });

    test("the same key of the same caller finds the operation again, for as long as asked", async () => {
      const { runner, account } = await insertRunner(store());
      const operation = { ...makeOperation(runner, account.id), idempotencyKey: "once" };
      const { storage } = store();
      await storage.write(async ({ operations }) => await operations.insert(operation));
      const find = async (accountId: string, key: string, sinceMs: number) =>
        await storage.read.operations.findByIdempotencyKey(
          runner.organizationId,
          accountId,
          key,
          sinceMs,
        );
      expect(await find(account.id, "once", operation.createdAtMs)).toEqual(operation);
      expect(await find(account.id, "once", operation.createdAtMs + 1)).toBeUndefined();
      expect(await find(account.id, "twice", 0)).toBeUndefined();
      expect(await find("sa_other", "once", 0)).toBeUndefined();
    });

    test("operations are listed the newest first, by kind, state and runner", async () => {
      const { runner, account } = await insertRunner(store());
      const { storage } = store();
      const made = [0, 1, 1, 2].map((later, index) => ({
        ...makeOperation(runner, account.id),
        kind: index === 3 ? "kubernetes.pods.list" : "runner.describe",
        createdAtMs: 1_000 + later,
      }));
      await storage.write(async ({ operations }) => {
        for (const operation of made) {
          await operations.insert(operation);
        }
      });
      const list = async (filter: Partial<Pick<Operation, "kind" | "state" | "runnerId">>) => {
        const seen: Operation[] = [];
        let after: string | undefined;
        do {
          const page = await storage.read.operations.list(runner.organizationId, {
            size: 2,
            after,
            kind: filter.kind,
            state: filter.state,
            runnerId: filter.runnerId,
          });
          seen.push(...page.entries);
          after = page.next;
        } while (after !== undefined);
        return seen;
      };
      const all = await list({});
      expect(all.map(({ createdAtMs }) => createdAtMs)).toEqual([1_002, 1_001, 1_001, 1_000]);
      expect(new Set(all.map(({ id }) => id)).size).toBe(4);
      expect(await list({ kind: "kubernetes.pods.list" })).toHaveLength(1);
      expect(await list({ state: "queued", runnerId: runner.id })).toHaveLength(4);
      expect(await list({ state: "running" })).toEqual([]);
      const unended = await storage.read.operations.listUnended();
      expect(unended.filter(({ runnerId }) => runnerId === runner.id)).toHaveLength(4);
    });

    test("a page token that was made up is refused", async () => {
      const { id } = await insertOrganization(store());
      const { operations } = store().storage.read;
      const filter = { kind: undefined, state: undefined, runnerId: undefined };
      for (const after of ["", "x", "1", "1:", "-1:op_1", "1:op_1; drop table operation"]) {
        await expect(operations.list(id, { size: 1, after, ...filter })).rejects.toMatchObject({
          code: "request.invalid",
        });
      }
    });

    test("an operation names a runner and a connection of its own organization", async () => {
      const own = await insertRunner(store());
      const other = await insertRunner(store());
      const connection = makeConnection(other.runner);
      const { storage } = store();
      await storage.write(async ({ connections }) => await connections.insert(connection));
      const insert = async (change: Partial<Operation>) =>
        await storage.write(
          async ({ operations }) =>
            await operations.insert({ ...makeOperation(own.runner, own.account.id), ...change }),
        );
      await expect(insert({ runnerId: other.runner.id })).rejects.toMatchObject({
        code: "runner.not_found",
      });
      await expect(insert({ connectionId: connection.id })).rejects.toMatchObject({
        code: "connection.not_found",
      });
      await expect(insert({ state: "running" })).rejects.toThrow("an operation begins queued");
    });

    test("the record of an operation outlives its runner, and is deleted on demand", async () => {
      const { runner, account } = await insertRunner(store());
      const operation = makeOperation(runner, account.id);
      const { storage } = store();
      await storage.write(async ({ operations, runners }) => {
        await operations.insert(operation);
        await runners.delete(runner.organizationId, runner.id);
      });
      const { operations } = storage.read;
      expect(await operations.find(runner.organizationId, operation.id)).toEqual(operation);
      await storage.write(
        async (stores) => await stores.operations.delete(runner.organizationId, operation.id),
      );
      expect(await operations.find(runner.organizationId, operation.id)).toBeUndefined();
    });
  });
}

/** Inserts an operation and brings it, by allowed steps, to a state. */
async function bringTo(
  store: ContractStore,
  operation: Operation,
  state: OperationState,
): Promise<void> {
  await store.storage.write(async ({ operations }) => await operations.insert(operation));
  const path: readonly OperationState[] =
    state === "queued"
      ? []
      : state === "sent"
        ? ["sent"]
        : state === "running"
          ? ["sent", "running"]
          : ["sent", "running", state];
  for (const next of path) {
    await store.query(`update operation set ${assignments(next)} where id = '${operation.id}'`);
  }
}

function assignments(state: OperationState): string {
  const isFailure = isEnded(state) && state !== "succeeded";
  const words = isFailure
    ? "failure_code = 'cloud.failed', failure_message = '', failure_mender = 'customer', failure_is_retriable = false"
    : "failure_code = null, failure_message = null, failure_mender = null, failure_is_retriable = null";
  return `state = '${state}', ended_at_ms = ${isEnded(state) ? "9" : "null"}, ${words}`;
}
