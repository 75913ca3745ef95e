import { silentLog } from "@holdfast/foundation/log.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { acme, OperationWorld } from "../../test/support/operation-world.ts";
import { TestClock } from "../../test/support/test-clock.ts";
import type { Operation } from "./operation.ts";
import { recoverOperations } from "./recover-operations.ts";

let world: OperationWorld;
beforeEach(async () => {
  world = await OperationWorld.open();
});
afterEach(async () => {
  await world.close();
});

/** What is on record, whatever the process before still has in memory. */
async function onRecord(operationId: string): Promise<Operation | undefined> {
  return await world.storage.read.operations.find(acme, operationId);
}

async function recover(): Promise<void> {
  const { storage, clock } = world;
  await recoverOperations({ storage, clock, log: silentLog });
}

test("after a restart everything that had not ended ends as lost, with an audit record, and says what is known", async () => {
  const sent = await world.run({ waits: true });
  const tunnel = world.connect();
  await world.arrival(tunnel);
  tunnel.isDraining = true;
  const waiting = await world.run();
  await recover();
  expect((await onRecord(sent))?.failure).toMatchObject({ code: "runner.lost", isRetriable: true });
  expect((await onRecord(waiting))?.failure?.code).toBe("control_plane.shutting_down");
  expect((await world.audit(sent)).at(-1)).toBe("operation.failed by system");
  expect(await world.storage.read.operations.listUnended()).toEqual([]);
});

test("after a restart an operation whose deadline has passed is expired; both sides of that moment", async () => {
  const past = await world.run({ waits: true, deadlineMs: 1_000 });
  const future = await world.run({ waits: true, deadlineMs: 1_001 });
  // The process that knew them is gone: only for the new one time passes.
  const { storage } = world;
  const clock = new TestClock(world.clock.nowMs() + 1_000);
  await recoverOperations({ storage, clock, log: silentLog });
  expect((await world.recorded(past, "expired")).failure?.code).toBe("operation.expired");
  expect((await world.recorded(future, "failed")).state).toBe("failed");
});

test("a recovery may be repeated: what has ended stays as it is", async () => {
  const id = await world.run();
  const before = await world.operation(id);
  await recover();
  await recover();
  expect(await world.operation(id)).toEqual(before);
  expect((await world.audit(id)).length).toBe(2);
});
