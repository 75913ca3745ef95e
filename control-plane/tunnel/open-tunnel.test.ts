import { Failure } from "@holdfast/foundation/failure.ts";
import { tunnelLimits } from "@holdfast/protocol/tunnel/limits.ts";
import type {
  OnOperation,
  OperationSink,
  RunnerOperation,
} from "@holdfast/runner/tunnel/tunnel-client.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openBlackHole } from "../../test/support/black-hole.ts";
import { eventually } from "../../test/support/eventually.ts";
import {
  echo,
  execute,
  opened,
  openTunnelWorld,
  type TunnelWorld,
} from "../../test/support/tunnel-world.ts";

let world: TunnelWorld;
beforeAll(async () => {
  world = await openTunnelWorld();
});
afterAll(async () => await world.close());

/** A runner of its own with one open tunnel. */
async function open(onOperation: OnOperation = echo) {
  const runner = await world.world.makeRunner();
  const credentials = await world.credentialsOf(runner);
  const tunnel = opened(await world.open(credentials, { onOperation }));
  return { runner, credentials, tunnel };
}

/** An executor that a test plays. */
function played() {
  const begun: { readonly operation: RunnerOperation; readonly sink: OperationSink }[] = [];
  const onOperation: OnOperation = (operation, sink) => begun.push({ operation, sink });
  const first = async () => await eventually(() => begun[0], "the operation");
  return { onOperation, begun, first };
}

const text = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString();

test("an operation arrives as it was sent, and its items and output come back whole and in order", async () => {
  const { onOperation, first } = played();
  const { runner } = await open(onOperation);
  const large = Buffer.alloc(3 * 1024 * 1024, "large");
  const executed = execute(world.tunnels, runner.id, {
    input: Buffer.from("input"),
    deadlineMs: 1_234,
    sealedCredentials: Buffer.from("sealed"),
  });
  const { operation, sink } = await first();
  expect(operation).toMatchObject({
    operationId: "op_0123456789ABCDEFGHIJKL",
    kind: "runner.describe",
    deadlineMs: 1_234,
    outputBytesMax: 64 * 1024 * 1024,
    connection: undefined,
  });
  expect([text(operation.input), text(operation.sealedCredentials)]).toEqual(["input", "sealed"]);
  expect(operation.caller.serviceAccountName).toBe("admin");
  sink.started();
  await sink.item(Buffer.from("one"));
  await sink.item(new Uint8Array(0));
  await sink.item(large);
  await sink.output(Buffer.from("output"));
  sink.succeeded();
  expect(await executed.ended).toEqual({ kind: "succeeded" });
  expect(executed.items.map((bytes) => bytes.length)).toEqual([3, 0, large.length]);
  expect(large.equals(executed.items[2] ?? new Uint8Array(0))).toBe(true);
  expect(executed.outputs.map(text)).toEqual(["output"]);
});

test("an empty output is an output", async () => {
  const { runner } = await open();
  const executed = execute(world.tunnels, runner.id);
  await executed.ended;
  expect(executed.outputs.map((bytes) => bytes.length)).toEqual([0]);
});

test("a failure arrives with its code, its sentence and who can mend it", async () => {
  const { runner } = await open((_operation, sink) =>
    sink.failed(new Failure("cloud.permission_denied", "The identity may not list pods.")),
  );
  expect(await execute(world.tunnels, runner.id).ended).toEqual({
    kind: "failed",
    failure: {
      code: "cloud.permission_denied",
      message: "The identity may not list pods.",
      mender: "customer",
      isRetriable: false,
    },
  });
});

test.each([
  ["caller", "operation.canceled"],
  ["deadline", "operation.expired"],
  ["output-limit", "operation.output_too_large"],
] as const)(
  "a cancel because of the %s stops the executor with that reason, also one that waits for credit",
  async (reason, code) => {
    const { onOperation, first } = played();
    const { runner } = await open(onOperation);
    const executed = execute(world.tunnels, runner.id, { takes: false });
    const { operation, sink } = await first();
    const stuck = (async () => {
      for (let count = 0; count < 1_000; count += 1) {
        await sink.item(new Uint8Array(16_384));
      }
    })().catch((error: unknown) => error as Failure);
    await eventually(() => executed.items.length >= 32, "the credit to be spent");
    executed.cancel(reason);
    const failure = (await stuck) as Failure;
    expect(failure.code).toBe(code);
    expect(operation.signal.reason).toBe(failure);
    sink.canceled(failure);
    expect(await executed.ended).toMatchObject({ kind: "canceled", failure: { code } });
  },
);

test("a slow consumer holds no more than the credit, and the executor no more than 64 KiB beside", async () => {
  const { onOperation, first } = played();
  const { runner } = await open(onOperation);
  const executed = execute(world.tunnels, runner.id, { takes: false });
  const { sink } = await first();
  let sentBytes = 0;
  const sending = (async () => {
    for (let count = 0; count < 400; count += 1) {
      await sink.item(new Uint8Array(10_000));
      sentBytes += 10_000;
    }
    sink.succeeded();
  })();
  const received = (): number => executed.items.reduce((sum, { length }) => sum + length, 0);
  await eventually(() => received() > tunnelLimits.creditBytes - 10_000, "the credit to be spent");
  for (let turn = 0; turn < 50; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(received()).toBeLessThanOrEqual(tunnelLimits.creditBytes);
  expect(sentBytes).toBeLessThanOrEqual(
    tunnelLimits.creditBytes + tunnelLimits.outgoingBytes + 10_000,
  );
  for (let taken = 0; taken < 4_000_000; taken += 100_000) {
    executed.consumed(100_000);
    await eventually(() => received() >= Math.min(4_000_000, taken + 300_000), "more");
  }
  await sending;
  expect(await executed.ended).toEqual({ kind: "succeeded" });
  expect(received()).toBe(4_000_000);
});

test("a small operation beside a stream of bulk does not wait for it", async () => {
  let bulkBytes = 0;
  const { runner } = await open((operation, sink) => {
    if (text(operation.input) === "bulk") {
      void (async () => {
        for (let count = 0; count < 2_000; count += 1) {
          await sink.item(new Uint8Array(16_384));
          bulkBytes += 16_384;
        }
        sink.succeeded();
      })();
    } else {
      echo(operation, sink);
    }
  });
  const bulk = execute(world.tunnels, runner.id, { input: Buffer.from("bulk") });
  await eventually(() => bulkBytes > 0, "the bulk");
  for (let count = 0; count < 20; count += 1) {
    const before = bulkBytes;
    await execute(world.tunnels, runner.id, { input: Buffer.from("small") }).ended;
    // In bytes instead of milliseconds: a few batches and what the executor has queued, not the credit.
    expect(bulkBytes - before).toBeLessThanOrEqual(tunnelLimits.creditBytes);
  }
  expect(await bulk.ended).toEqual({ kind: "succeeded" });
  expect(bulk.items).toHaveLength(2_000);
});

test("more than the operation may give ends it at once, and leaves the tunnel to the others", async () => {
  const { onOperation, begun, first } = played();
  const { runner } = await open(onOperation);
  const executed = execute(world.tunnels, runner.id, { outputBytesMax: 20_000 });
  const { sink } = await first();
  await sink.item(new Uint8Array(15_000));
  const failure = await sink.item(new Uint8Array(15_000)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "operation.output_too_large" });
  sink.failed(failure as Failure);
  expect(await executed.ended).toMatchObject({ failure: { code: "operation.output_too_large" } });
  const next = execute(world.tunnels, runner.id);
  (await eventually(() => begun[1], "the next")).sink.succeeded();
  expect(await next.ended).toEqual({ kind: "succeeded" });
});

test("an executor that throws ends its operation, not the runner", async () => {
  const { runner } = await open(() => {
    throw new Error("canary");
  });
  const outcome = await execute(world.tunnels, runner.id).ended;
  expect(outcome).toMatchObject({ failure: { code: "operation.not_performed" } });
  expect(JSON.stringify(outcome)).not.toContain("canary");
});

test("no more operations go into a tunnel than were announced", async () => {
  const { onOperation, begun } = played();
  const { runner, tunnel } = await open(onOperation);
  const all = Array.from({ length: tunnel.operationsMax + 1 }, () =>
    execute(world.tunnels, runner.id),
  );
  expect(await all.at(-1)?.ended).toMatchObject({ failure: { code: "runner.queue_full" } });
  await eventually(() => begun.length === tunnel.operationsMax, "the operations");
  expect(tunnel.operationsRunning).toBe(tunnel.operationsMax);
});

test("a runner that drains is sent no more operations, and those that run end in their own time", async () => {
  const { onOperation, first } = played();
  const { runner, tunnel } = await open(onOperation);
  const executed = execute(world.tunnels, runner.id);
  const { sink } = await first();
  tunnel.drain();
  await eventually(() => world.tunnels.ofRunner(runner.id)[0]?.isDraining, "the drain");
  expect(await execute(world.tunnels, runner.id).ended).toMatchObject({
    failure: { code: "runner.draining" },
  });
  sink.succeeded();
  expect(await executed.ended).toEqual({ kind: "succeeded" });
});

test("a goodbye goes after the results before it", async () => {
  const { onOperation, first } = played();
  const { runner, tunnel } = await open(onOperation);
  const executed = execute(world.tunnels, runner.id);
  const { sink } = await first();
  await sink.output(Buffer.alloc(300_000));
  sink.succeeded();
  await tunnel.goodbye("shutdown", "The runner ends.");
  expect(await executed.ended).toEqual({ kind: "succeeded" });
  await eventually(() => world.tunnels.ofRunner(runner.id).length === 0, "the end");
});

test("a runner that crashes loses its operations at once, and its executor is told nothing new", async () => {
  const hole = await openBlackHole(world.listener.port);
  const { onOperation, first } = played();
  const runner = await world.world.makeRunner();
  const credentials = await world.credentialsOf(runner);
  const endpoints = { ...credentials.endpoints, tunnel: `localhost:${hole.port}` };
  const tunnel = opened(await world.open({ ...credentials, endpoints }, { onOperation }));
  const executed = execute(world.tunnels, runner.id);
  const { operation } = await first();
  const { signal } = operation;
  hole.reset();
  expect(await executed.ended).toMatchObject({ kind: "failed", failure: { code: "runner.lost" } });
  expect(await tunnel.closed).toMatchObject({ kind: "lost", isPermanent: false, isOurs: false });
  await eventually(() => signal.aborted, "the executor to be told");
  expect(signal.reason).toMatchObject({ code: "runner.lost" });
  expect(world.tunnels.ofRunner(runner.id)).toEqual([]);
  hole.close();
});

test("a black-holed peer is noticed within 15 s, at both ends", async () => {
  const hole = await openBlackHole(world.listener.port);
  const runner = await world.world.makeRunner();
  const credentials = await world.credentialsOf(runner);
  const endpoints = { ...credentials.endpoints, tunnel: `localhost:${hole.port}` };
  const tunnel = opened(
    await world.open({ ...credentials, endpoints }, { onOperation: () => undefined }),
  );
  await eventually(() => tunnel.lastRoundTrip(), "a round trip");
  await eventually(() => world.tunnels.ofRunner(runner.id)[0]?.roundTripMs !== undefined, "a pong");
  const executed = execute(world.tunnels, runner.id);
  hole.swallow();
  for (let ms = 0; ms < 15_000; ms += 250) {
    await world.clock.advance(250);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await tunnel.closed).toMatchObject({ kind: "lost", code: "tunnel.liveness_lost" });
  expect(await executed.ended).toMatchObject({ failure: { code: "runner.lost" } });
  expect(world.tunnels.ofRunner(runner.id)).toEqual([]);
  await world.clock.advance(5_000);
  hole.close();
});

test("what a runner reports as its last round trip is one through the control plane's dispatcher", async () => {
  const { tunnel } = await open();
  await eventually(() => tunnel.lastRoundTrip(), "a round trip");
  await world.clock.advance(1_000);
  expect(tunnel.lastRoundTrip()?.ageMs).toBeGreaterThanOrEqual(1_000);
});
