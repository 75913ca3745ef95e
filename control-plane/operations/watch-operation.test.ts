import { afterAll, beforeAll, expect, test } from "vitest";
import { alice, globex, OperationWorld, testId } from "../../test/support/operation-world.ts";

let world: OperationWorld;
beforeAll(async () => {
  world = await OperationWorld.open({ endedKeptMs: 1_000 });
});
afterAll(async () => {
  await world.close();
});

test("where the events are gone there is a gap, and the operation as it ended", async () => {
  const id = await world.run();
  await world.watch(id);
  await world.clock.advance(1_000);
  await world.operation(id);
  expect(await world.watch(id, { offset: 3 })).toMatchObject([
    { offset: 3, event: { kind: "gap" } },
    { offset: 4, event: { kind: "state", operation: { id, state: "failed" } } },
  ]);
});

test("an operation of another organization is not found, while it runs and afterwards", async () => {
  const foreign = { ...alice, organizationId: globex };
  const id = await world.run({ waits: true });
  await expect(world.watch(id, { caller: foreign })).rejects.toMatchObject({
    code: "operation.not_found",
  });
  world.deps.live.find(alice.organizationId, id)?.cancel(alice.serviceAccountId);
  await world.recorded(id, "canceled");
  await expect(world.watch(id, { caller: foreign })).rejects.toMatchObject({
    code: "operation.not_found",
  });
  await expect(world.watch("op_nothing")).rejects.toMatchObject({ code: "operation.not_found" });
});

test("the runner waits for whoever asked for the operation, and for nobody else who watches", async () => {
  const tunnel = world.connect();
  const id = await world.run({ kind: "kubernetes.pods.logs", connection: "cluster" });
  const execution = await world.arrival(tunnel);
  const stranger = world.watching(id, {
    caller: { ...alice, serviceAccountId: testId("sa", "x") },
  });
  await stranger.next();
  execution.sink.item(new Uint8Array(10));
  expect(execution.consumedBytes).toBe(10);
  const owner = world.watching(id);
  await owner.next();
  execution.sink.item(new Uint8Array(10));
  expect(execution.consumedBytes).toBe(10);
  await owner.return();
  expect(execution.consumedBytes).toBe(20);
});
