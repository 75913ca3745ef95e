import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import type { FakeTunnel } from "../../../test/support/fake-tunnels.ts";
import { acmeRunner, alice, OperationWorld } from "../../../test/support/operation-world.ts";

let world: OperationWorld;
let tunnel: FakeTunnel;
beforeAll(async () => {
  world = await OperationWorld.open({ messageBytesMax: 100, ringEventsMax: 4 });
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

const logs = { kind: "kubernetes.pods.logs", connection: "cluster" };

test("a deadline that passes expires the operation at that moment, not before, and tells the runner", async () => {
  const id = await world.run({ deadlineMs: 5_000 });
  const { sink, cancels } = await world.arrival(tunnel);
  sink.started();
  await world.recorded(id, "running");
  await world.clock.advance(4_999);
  expect((await world.operation(id)).state).toBe("running");
  await world.clock.advance(1);
  const operation = await world.recorded(id, "expired");
  expect(operation.failure?.code).toBe("operation.expired");
  expect(operation.endedAtMs).toBe(operation.createdAtMs + 5_000);
  expect(cancels).toEqual(["deadline"]);
  expect((await world.audit(id)).at(-1)).toBe("operation.expired by system");
});

test("what a runner still says after the end changes nothing", async () => {
  const id = await world.run({ ...logs, deadlineMs: 1_000 });
  const execution = await world.arrival(tunnel);
  const { sink } = execution;
  sink.started();
  await world.clock.advance(1_000);
  await world.recorded(id, "expired");
  sink.item(new Uint8Array(7));
  sink.output(new Uint8Array(7));
  sink.ended({ kind: "succeeded" });
  expect(await world.operation(id)).toMatchObject({ state: "expired", outputBytes: 0 });
  expect(execution.consumedBytes).toBe(7);
});

test("a runner that notices the deadline first says the same", async () => {
  const id = await world.run();
  const { sink } = await world.arrival(tunnel);
  sink.started();
  sink.ended({ kind: "canceled", failure: describeFailure("operation.expired", "Too late.") });
  expect((await world.recorded(id, "expired")).failure?.message).toBe("Too late.");
});

test("the time that is left goes along, not the time that was asked for", async () => {
  world.tunnels.close(tunnel);
  await world.run({ waits: true, deadlineMs: 5_000 });
  await world.clock.advance(3_000);
  const later = world.connect();
  expect((await world.arrival(later)).request.deadlineMs).toBe(2_000);
});

test("as many bytes as allowed come back; one more stops the operation at the runner and fails it", async () => {
  const good = await world.run({ ...logs, outputBytesMax: 150 });
  const first = await world.arrival(tunnel);
  first.sink.item(new Uint8Array(100));
  first.sink.item(new Uint8Array(50));
  first.sink.ended({ kind: "succeeded" });
  expect((await world.recorded(good, "succeeded")).outputBytes).toBe(150);

  const bad = await world.run({ ...logs, outputBytesMax: 150 });
  const second = await world.arrival(tunnel, 1);
  second.sink.item(new Uint8Array(100));
  second.sink.item(new Uint8Array(51));
  expect(second.cancels).toEqual(["output-limit"]);
  expect((await world.recorded(bad, "failed")).failure?.code).toBe("operation.output_too_large");
});

test("both sides of the bound on one message: a larger one would reach no caller", async () => {
  const good = await world.run();
  (await world.arrival(tunnel)).sink.output(new Uint8Array(100));
  expect((await world.operation(good)).state).toBe("running");
  const bad = await world.run();
  (await world.arrival(tunnel, 1)).sink.output(new Uint8Array(101));
  expect((await world.recorded(bad, "failed")).failure?.code).toBe("operation.output_too_large");
});

test("a tunnel that is lost fails what it carried: it may have happened or not", async () => {
  const id = await world.run();
  (await world.arrival(tunnel)).sink.started();
  world.tunnels.close(tunnel);
  const { failure } = await world.recorded(id, "failed");
  expect(failure).toMatchObject({ code: "runner.lost", mender: "runner", isRetriable: true });
  expect((await world.audit(id)).at(-1)).toBe("operation.failed by system");
});

test("what a runner reports as failed is failed, by its word, and names who can mend it", async () => {
  const id = await world.run();
  const failure = describeFailure("cloud.permission_denied", "Pods may not be listed.");
  (await world.arrival(tunnel)).sink.ended({ kind: "failed", failure });
  expect((await world.recorded(id, "failed")).failure).toEqual(failure);
  expect((await world.audit(id)).at(-1)).toBe(`operation.failed by ${acmeRunner}`);
});

test("a runner that drains hands back what it has not begun: another tunnel takes it", async () => {
  const id = await world.run();
  const { sink } = await world.arrival(tunnel);
  const next = world.connect();
  tunnel.isDraining = true;
  sink.ended({ kind: "failed", failure: describeFailure("runner.draining", "It drains.") });
  const again = await world.arrival(next);
  expect(again.request.operationId).toBe(id);
  again.sink.started();
  again.sink.ended({ kind: "succeeded" });
  await world.recorded(id, "succeeded");
});

test("what a runner that drains has begun is not begun a second time", async () => {
  const id = await world.run();
  const { sink } = await world.arrival(tunnel);
  sink.started();
  const next = world.connect();
  sink.ended({ kind: "failed", failure: describeFailure("runner.draining", "It drains.") });
  expect((await world.recorded(id, "failed")).failure?.code).toBe("runner.draining");
  expect(next.executions).toEqual([]);
});

test("a runner that hands back for ever is not asked for ever", async () => {
  let asked = 0;
  tunnel.onExecute = ({ sink }) => {
    asked += 1;
    sink.ended({ kind: "failed", failure: describeFailure("runner.draining", "It drains.") });
  };
  const id = await world.run();
  await world.recorded(id, "failed");
  expect(asked).toBe(101);
});

test("a runner that answers before the tunnel returns is heard", async () => {
  tunnel.onExecute = ({ sink }) => {
    sink.started();
    sink.item(new Uint8Array(10));
    sink.ended({ kind: "succeeded" });
  };
  const id = await world.run(logs);
  await world.recorded(id, "succeeded");
  tunnel.onExecute = ({ sink }) => sink.output(new Uint8Array(101));
  const large = await world.run();
  await world.recorded(large, "failed");
  expect(tunnel.executions[1]?.cancels).toEqual(["output-limit"]);
});

test("the runner may send more once the caller has taken what there is, and not before", async () => {
  const id = await world.run(logs);
  const execution = await world.arrival(tunnel);
  const watcher = world.watching(id);
  for (const state of ["queued", "sent"]) {
    expect((await watcher.next()).value).toMatchObject({ event: { operation: { state } } });
  }
  const next = watcher.next();
  execution.sink.started();
  await next;
  for (let count = 0; count < 6; count += 1) {
    execution.sink.item(new Uint8Array(10));
  }
  expect(execution.consumedBytes).toBe(0);
  await watcher.next();
  await watcher.next();
  expect(execution.consumedBytes).toBe(10);
  await watcher.return();
  expect(execution.consumedBytes).toBe(60);
});

test("a caller that goes away does not end the operation, and finds it again", async () => {
  const id = await world.run(logs);
  const { sink } = await world.arrival(tunnel);
  const caller = new AbortController();
  const watcher = world.watching(id, { signal: caller.signal });
  await watcher.next();
  await watcher.next();
  const waiting = watcher.next();
  caller.abort();
  expect((await waiting).done).toBe(true);
  sink.started();
  sink.item(new Uint8Array([42]));
  sink.ended({ kind: "succeeded" });
  const events = await world.watch(id, { offset: 2 });
  expect(events.map(({ event }) => event.kind)).toEqual(["state", "item", "state"]);
});

test("a store that is away for a moment loses nothing: the end is recorded when it is back", async () => {
  const id = await world.run();
  const { sink } = await world.arrival(tunnel);
  const write = world.storage.write.bind(world.storage);
  let refused = 0;
  Object.assign(world.storage, {
    write: async () => {
      refused += 1;
      await Promise.reject(new Error("away"));
    },
  });
  sink.started();
  sink.ended({ kind: "succeeded" });
  await eventually(() => refused >= 2);
  Object.assign(world.storage, { write });
  await eventually(async () => {
    await world.clock.advance(200);
    return (await world.storage.read.operations.find(alice.organizationId, id))?.endedAtMs;
  });
  expect((await world.audit(id)).map((line) => line.split(" ")[0])).toEqual([
    "operation.queued",
    "operation.sent",
    "operation.running",
    "operation.succeeded",
  ]);
});
