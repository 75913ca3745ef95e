import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { acme, OperationWorld } from "../../../test/support/operation-world.ts";

let world: OperationWorld;
beforeEach(async () => {
  world = await OperationWorld.open();
});
afterEach(async () => {
  await world.close();
});

test("a drain takes no more operations, ends those that wait and lets those that run end", async () => {
  const tunnel = world.connect();
  const running = await world.run();
  const { sink } = await world.arrival(tunnel);
  sink.started();
  tunnel.isDraining = true;
  const waiting = await world.run({ waits: true });
  const drained = world.deps.live.drain(5_000);
  await expect(world.run()).rejects.toMatchObject({ code: "control_plane.shutting_down" });
  expect((await world.recorded(waiting, "failed")).failure?.code).toBe(
    "control_plane.shutting_down",
  );
  sink.ended({ kind: "succeeded" });
  await drained;
  expect((await world.operation(running)).state).toBe("succeeded");
  expect(await world.storage.read.operations.listUnended()).toEqual([]);
});

test("a drain ends at its deadline: what still runs is lost, and that is on record", async () => {
  const tunnel = world.connect();
  const id = await world.run();
  (await world.arrival(tunnel)).sink.started();
  const drained = world.deps.live.drain(5_000);
  await world.recorded(id, "running");
  await eventually(async () => {
    await world.clock.advance(1_000);
    return (await world.storage.read.operations.find(acme, id))?.failure;
  });
  await drained;
  expect((await world.operation(id)).failure?.code).toBe("runner.lost");
});

test("a drain waits for what is being recorded at that moment", async () => {
  const beginning = world.run({ waits: true });
  const drained = world.deps.live.drain(0);
  const id = await beginning;
  await drained;
  expect((await world.operation(id)).failure?.code).toBe("control_plane.shutting_down");
});
