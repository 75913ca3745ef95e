import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../../test/support/eventually.ts";
import { acme, acmeRunner, globex, OperationWorld } from "../../../test/support/operation-world.ts";

let world: OperationWorld;
beforeEach(async () => {
  world = await OperationWorld.open({
    queuedPerRunnerMax: 3,
    runningPerTunnelMax: 2,
    queuedBytesPerRunnerMax: 1_000,
    queuedBytesMax: 1_000,
  });
});
afterEach(async () => {
  await world.close();
});

test("as many operations wait for a runner as allowed, in order; one more is refused and not recorded", async () => {
  const ids = [
    await world.run({ waits: true }),
    await world.run({ waits: true }),
    await world.run({ waits: true }),
  ];
  await expect(world.run({ waits: true })).rejects.toMatchObject({ code: "runner.queue_full" });
  const { entries } = await world.storage.read.operations.list(acme, {
    size: 10,
    after: undefined,
    kind: undefined,
    state: undefined,
    runnerId: undefined,
  });
  expect(entries.length).toBe(3);
  const tunnel = world.connect();
  await world.arrival(tunnel, 1);
  expect(tunnel.executions.map(({ request }) => request.operationId)).toEqual(ids.slice(0, 2));
  tunnel.executions[0]?.sink.ended({ kind: "succeeded" });
  expect((await world.arrival(tunnel, 2)).request.operationId).toBe(ids[2]);
});

test("both sides of the bound on the inputs that wait", async () => {
  await world.run({ waits: true, input: new Uint8Array(999) });
  await world.run({ waits: true, input: new Uint8Array(1) });
  await expect(world.run({ waits: true, input: new Uint8Array(1) })).rejects.toMatchObject({
    code: "runner.queue_full",
  });
});

test("a place in the queue is free again once the operation has ended or gone", async () => {
  const ids = await Promise.all([1, 2, 3].map(async () => await world.run({ waits: true })));
  await expect(world.run({ waits: true })).rejects.toMatchObject({ code: "runner.queue_full" });
  world.deps.live.find(acme, ids[1] ?? "")?.cancel("sa_1");
  await world.recorded(ids[1] ?? "", "canceled");
  await expect(world.run({ waits: true })).resolves.toBeDefined();
  await world.clock.advance(60_000);
  await world.recorded(ids[0] ?? "", "expired");
  await eventually(() => world.deps.live.dispatcher.waiting(acmeRunner) === 0);
});

test("a tunnel carries as many operations as allowed; the next one waits, even if it would not wait for a runner", async () => {
  const tunnel = world.connect();
  await world.run();
  await world.run();
  const third = await world.run({ waits: false });
  await world.arrival(tunnel, 1);
  expect((await world.operation(third)).state).toBe("queued");
  tunnel.executions[1]?.sink.ended({ kind: "succeeded" });
  expect((await world.arrival(tunnel, 2)).request.operationId).toBe(third);
  expect(tunnel.operationsRunning).toBe(2);
});

test("operations that are asked for at once never exceed what a tunnel may carry", async () => {
  const tunnel = world.connect();
  await Promise.all([1, 2, 3, 4, 5].map(async () => await world.run()));
  await world.arrival(tunnel, 1);
  expect(tunnel.operationsRunning).toBe(2);
  for (let ended = 0; ended < 5; ended += 1) {
    const { sink } = await world.arrival(tunnel, ended);
    expect(tunnel.operationsRunning).toBeLessThanOrEqual(2);
    sink.ended({ kind: "succeeded" });
  }
});

test("a place that a runner frees late, after a deadline, is used again", async () => {
  const tunnel = world.connect();
  const expiring = [await world.run({ deadlineMs: 10 }), await world.run({ deadlineMs: 10 })];
  const { sink } = await world.arrival(tunnel, 1);
  const waiting = await world.run();
  await world.clock.advance(10);
  await world.recorded(expiring[1] ?? "", "expired");
  expect((await world.operation(waiting)).state).toBe("queued");
  sink.ended({ kind: "succeeded" });
  expect((await world.arrival(tunnel, 2)).request.operationId).toBe(waiting);
});

test("when the last tunnel closes, what does not wait for a runner fails, and what waits stays", async () => {
  const tunnel = world.connect();
  await world.run();
  await world.run();
  await world.arrival(tunnel, 1);
  const patient = await world.run({ waits: true });
  const impatient = await world.run({ waits: false });
  world.tunnels.close(tunnel);
  expect((await world.recorded(impatient, "failed")).failure?.code).toBe("runner.not_connected");
  expect((await world.operation(patient)).state).toBe("queued");
});

test("while a runner is being replaced nothing fails: what comes waits for the next tunnel", async () => {
  const tunnel = world.connect();
  tunnel.isDraining = true;
  const id = await world.run({ waits: false });
  expect((await world.operation(id)).state).toBe("queued");
  const next = world.connect();
  expect((await world.arrival(next)).request.operationId).toBe(id);
  expect(tunnel.executions).toEqual([]);
});

test("a tunnel that begins to drain while the operation is being recorded does not get it", async () => {
  const tunnel = world.connect();
  const running = world.run();
  tunnel.isDraining = true;
  const id = await running;
  const next = world.connect();
  expect((await world.arrival(next)).request.operationId).toBe(id);
  expect(tunnel.executions).toEqual([]);
});

test("a tunnel that takes operations again gets those that wait", async () => {
  const tunnel = world.connect();
  tunnel.isDraining = true;
  const id = await world.run();
  world.tunnels.reopen(tunnel);
  expect((await world.arrival(tunnel)).request.operationId).toBe(id);
});

test("the tunnel with the fewest operations is chosen, those on their way counted", async () => {
  const tunnels = [world.connect(), world.connect()];
  await Promise.all([world.run(), world.run()]);
  for (const tunnel of tunnels) {
    await world.arrival(tunnel);
    expect(tunnel.executions.length).toBe(1);
  }
});

test("a connection that was deleted, or given to another runner, while the operation waited is not used", async () => {
  const request = { kind: "kubernetes.pods.list", connection: "inline", waits: true };
  const deleted = await world.run(request);
  const connection = await world.storage.read.connections.find(acme, "inline");
  await world.storage.write(
    async ({ connections }) => await connections.delete(acme, connection?.id ?? ""),
  );
  const tunnel = world.connect();
  expect((await world.recorded(deleted, "failed")).failure?.code).toBe("connection.not_found");
  expect(tunnel.executions).toEqual([]);
});

test("what waits for a runner is not given to a tunnel of another organization that claims its id", async () => {
  const id = await world.run({ waits: true });
  const foreign = world.tunnels.open({ organizationId: globex, runnerId: acmeRunner });
  const own = world.connect();
  expect((await world.arrival(own)).request.operationId).toBe(id);
  expect(foreign.executions).toEqual([]);
});

test("a runner that takes fewer operations than a tunnel may carry is given no more: the rest waits", async () => {
  const tunnel = world.connect();
  let taken = 0;
  tunnel.onExecute = ({ sink }) => {
    taken += 1;
    if (tunnel.operationsRunning > 1) {
      const failure = describeFailure("runner.queue_full", "Enough.");
      setImmediate(() => sink.ended({ kind: "failed", failure }));
    }
  };
  const first = await world.run();
  const second = await world.run();
  await world.arrival(tunnel, 1);
  await eventually(() => tunnel.operationsRunning === 1, "the refusal");
  const third = await world.run();
  expect(taken).toBe(2);
  for (const [index, id] of [first, second, third].entries()) {
    const execution = await eventually(() =>
      tunnel.executions.findLast(({ request }) => request.operationId === id),
    );
    await eventually(() => tunnel.operationsRunning === 1, `the turn of operation ${index}`);
    execution.sink.started();
    execution.sink.ended({ kind: "succeeded" });
    await world.recorded(id, "succeeded");
  }
  expect(taken).toBe(4);
});
