import { afterAll, beforeAll, expect, test } from "vitest";
import { acme, alice, globex, OperationWorld } from "../../test/support/operation-world.ts";
import { deleteOperation } from "./delete-operation.ts";

let world: OperationWorld;
beforeAll(async () => {
  world = await OperationWorld.open();
});
afterAll(async () => {
  await world.close();
});

async function remove(operationId: string, organizationId = acme): Promise<void> {
  const actor = alice.serviceAccountId;
  await deleteOperation(world.deps, { organizationId, operationId, actor });
}

test("an operation that has ended goes with its events; its audit records stay", async () => {
  const id = await world.run();
  await world.watch(id);
  await remove(id);
  await expect(world.watch(id)).rejects.toMatchObject({ code: "operation.not_found" });
  await expect(remove(id)).rejects.toMatchObject({ code: "operation.not_found" });
  expect(await world.audit(id)).toEqual([
    `operation.queued by ${alice.serviceAccountId}`,
    "operation.failed by system",
    `operation.deleted by ${alice.serviceAccountId}`,
  ]);
});

test("an operation that has not ended is not deleted", async () => {
  const id = await world.run({ waits: true });
  await expect(remove(id)).rejects.toMatchObject({ code: "operation.not_ended" });
  expect((await world.operation(id)).state).toBe("queued");
});

test("an operation of another organization is not found, and stays", async () => {
  const id = await world.run();
  await expect(remove(id, globex)).rejects.toMatchObject({ code: "operation.not_found" });
  expect((await world.operation(id)).state).toBe("failed");
});
