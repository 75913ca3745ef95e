import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { FakeTunnel } from "../../test/support/fake-tunnels.ts";
import {
  acme,
  acmeRunner,
  alice,
  globex,
  OperationWorld,
  testId,
} from "../../test/support/operation-world.ts";
import { cancelOperation } from "./cancel-operation.ts";
import type { Operation } from "./operation.ts";

let world: OperationWorld;
let tunnel: FakeTunnel;
const bob = testId("sa", "bob");
beforeAll(async () => {
  world = await OperationWorld.open();
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => {
  for (const each of [...world.tunnels.all()]) {
    world.tunnels.close(each);
  }
  tunnel = world.connect();
});

async function cancel(operationId: string, organizationId = acme): Promise<Operation> {
  return await cancelOperation(world.deps, { organizationId, operationId, actor: bob });
}

test("an operation that waits is canceled at once", async () => {
  world.tunnels.close(tunnel);
  const id = await world.run({ waits: true });
  expect(await cancel(id)).toMatchObject({
    state: "canceled",
    failure: { code: "operation.canceled" },
  });
  expect(await world.audit(id)).toEqual([
    `operation.queued by ${alice.serviceAccountId}`,
    `operation.cancel_requested by ${bob}`,
    `operation.canceled by ${bob}`,
  ]);
  const later = world.connect();
  expect(later.executions).toEqual([]);
});

test("the runner is asked to stop, and its answer ends the operation", async () => {
  const id = await world.run();
  const { sink, cancels } = await world.arrival(tunnel);
  sink.started();
  expect((await cancel(id)).state).toBe("running");
  await cancel(id);
  expect(cancels).toEqual(["caller"]);
  sink.ended({ kind: "canceled", failure: describeFailure("operation.canceled", "Stopped.") });
  expect((await world.recorded(id, "canceled")).failure?.message).toBe("Stopped.");
  expect((await world.audit(id)).at(-1)).toBe(`operation.canceled by ${acmeRunner}`);
});

test("a runner that does not answer a cancel has five seconds; then the operation ends without it", async () => {
  const id = await world.run();
  (await world.arrival(tunnel)).sink.started();
  await cancel(id);
  await world.clock.advance(4_999);
  expect((await world.operation(id)).state).toBe("running");
  await world.clock.advance(1);
  await world.recorded(id, "canceled");
});

test("a cancel that comes before the runner has begun reaches it", async () => {
  const id = await world.run();
  const { sink, cancels } = await world.arrival(tunnel);
  expect((await cancel(id)).state).toBe("sent");
  expect(cancels).toEqual(["caller"]);
  sink.ended({ kind: "failed", failure: describeFailure("runner.draining", "It drains.") });
  expect((await world.recorded(id, "failed")).failure?.code).toBe("runner.draining");
});

test("an operation that succeeds before the cancel has reached it has succeeded", async () => {
  const id = await world.run();
  const { sink } = await world.arrival(tunnel);
  sink.started();
  await cancel(id);
  sink.ended({ kind: "succeeded" });
  await world.recorded(id, "succeeded");
});

test("an operation that has ended stays as it is; that it was asked for is on record", async () => {
  const id = await world.run();
  (await world.arrival(tunnel)).sink.ended({ kind: "succeeded" });
  const ended = await world.recorded(id, "succeeded");
  expect(await cancel(id)).toEqual(ended);
  expect((await world.audit(id)).at(-1)).toBe(`operation.cancel_requested by ${bob}`);
});

test("an operation of another organization is not found, and goes on", async () => {
  const id = await world.run();
  const { cancels } = await world.arrival(tunnel);
  await expect(cancel(id, globex)).rejects.toMatchObject({ code: "operation.not_found" });
  expect(cancels).toEqual([]);
  expect(await world.audit(id, globex)).toEqual([]);
});
