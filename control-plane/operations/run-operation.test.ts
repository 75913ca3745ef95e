import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { OpenSchema } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import {
  acme,
  acmeRunner,
  alice,
  globex,
  globexRunner,
  inlineDocument,
  OperationWorld,
  type TestSealed,
  testConnection,
  testId,
} from "../../test/support/operation-world.ts";
import type { TunnelOperationRequest } from "../tunnel/tunnels.ts";
import type { WatchedEvent } from "./events/operation-event.ts";

let world: OperationWorld;
beforeAll(async () => {
  world = await OperationWorld.open();
});
afterAll(async () => {
  await world.close();
});
beforeEach(() => {
  for (const tunnel of [...world.tunnels.all()]) {
    world.tunnels.close(tunnel);
  }
});

function summary(events: readonly WatchedEvent[]): readonly string[] {
  return events.map(({ event }) => (event.kind === "state" ? event.operation.state : event.kind));
}

test("an operation goes to the runner and its output comes back, every transition recorded and audited", async () => {
  const tunnel = world.connect();
  const id = await world.run({ input: new TextEncoder().encode("hello") });
  const { request, sink } = await world.arrival(tunnel);
  expect(request).toMatchObject({
    operationId: id,
    kind: "runner.describe",
    connection: undefined,
    sealedCredentials: undefined,
    deadlineMs: 60_000,
    outputBytesMax: 64 * 1024 * 1024,
  });
  expect(new TextDecoder().decode(request.input)).toBe("hello");
  expect(request.caller).toMatchObject({
    serviceAccountId: alice.serviceAccountId,
    serviceAccountName: "alice",
  });
  sink.started();
  sink.output(new Uint8Array([1, 2, 3]));
  sink.ended({ kind: "succeeded" });
  const events = await world.watch(id);
  expect(summary(events)).toEqual(["queued", "sent", "running", "output", "succeeded"]);
  expect(events.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4]);
  expect(await world.operation(id)).toMatchObject({
    state: "succeeded",
    outputBytes: 3,
    inputSha256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
  });
  expect(await world.audit(id)).toEqual([
    `operation.queued by ${alice.serviceAccountId}`,
    "operation.sent by system",
    `operation.running by ${acmeRunner}`,
    `operation.succeeded by ${acmeRunner}`,
  ]);
});

test("a small operation takes at most three transactions, and what a caller sees last is durable", async () => {
  const tunnel = world.connect();
  world.transactions = 0;
  const id = await world.run();
  const { sink } = await world.arrival(tunnel);
  sink.started();
  sink.output(new Uint8Array(10));
  sink.ended({ kind: "succeeded" });
  for await (const { event } of world.watching(id)) {
    if (event.kind === "state" && event.operation.state === "succeeded") {
      expect((await world.storage.read.operations.find(acme, id))?.state).toBe("succeeded");
    }
  }
  expect(world.transactions).toBeLessThanOrEqual(3);
});

test("inline credentials are sealed to the key of the very tunnel that takes the operation, and to it alone", async () => {
  const tunnel = world.connect();
  const id = await world.run({ kind: "kubernetes.pods.list", connection: "inline" });
  const { request } = await world.arrival(tunnel);
  // What the fake of the world writes.
  const sealed = JSON.parse(new TextDecoder().decode(request.sealedCredentials)) as TestSealed;
  expect(sealed).toEqual({
    publicKey: [...tunnel.identity.sealingPublicKey],
    context: {
      organizationId: acme,
      connectionId: testConnection(acme, "inline").id,
      runnerId: acmeRunner,
      operationId: id,
    },
    document: inlineDocument,
  });
  expect(JSON.stringify(request.connection)).not.toContain(inlineDocument);
});

test("runner-delegated: a request carries no credential material at all; the runner uses the identity of the place it runs in.", async () => {
  const tunnel = world.connect();
  const operationId = await world.run({ kind: "kubernetes.pods.list", connection: "cluster" });
  const { request } = await world.arrival(tunnel);
  const { id, name, provider, mode, settings } = testConnection(acme, "cluster");
  const { kind, input, caller } = request;
  // Byte for byte what the connection says in public, and nothing else.
  const inPublic = { operationId, kind, input, connection: { id, name, provider, mode, settings } };
  expect(bytesOf(sentOf(request))).toBe(bytesOf({ ...inPublic, caller }));
});

const nothing = new Uint8Array();

/** The fields of the frame that opens the operation. */
function sentOf(request: TunnelOperationRequest): MessageInitShape<typeof OpenSchema> {
  const { operationId, kind, input, caller, connection } = request;
  const sealedCredentials = request.sealedCredentials ?? nothing;
  return {
    operationId,
    kind,
    input,
    caller,
    sealedCredentials,
    ...(connection === undefined ? {} : { connection }),
  };
}

/** What would go through the tunnel, in hexadecimal. */
function bytesOf(open: MessageInitShape<typeof OpenSchema>): string {
  const { operationId = "", kind = "", input = nothing, connection, caller } = open;
  const message = create(OpenSchema, {
    operationId,
    kind,
    input,
    sealedCredentials: open.sealedCredentials ?? nothing,
    ...(connection === undefined ? {} : { connection }),
    ...(caller === undefined ? {} : { caller }),
  });
  return Buffer.from(toBinary(OpenSchema, message)).toString("hex");
}

test("inline credentials that cannot be opened end the operation, and nothing is sent or told of why", async () => {
  const tunnel = world.connect();
  world.areCredentialsBroken = true;
  try {
    const id = await world.run({ kind: "kubernetes.pods.list", connection: "inline" });
    const events = await world.watch(id);
    expect(summary(events)).toEqual(["queued", "sent", "failed"]);
    const { failure } = await world.operation(id);
    expect(failure?.code).toBe("control_plane.internal");
    expect(JSON.stringify(events)).not.toContain("canary");
    expect(tunnel.executions).toEqual([]);
  } finally {
    world.areCredentialsBroken = false;
  }
});

test("a runner that is not connected: the operation fails at once, and that is on record", async () => {
  const id = await world.run();
  expect(summary(await world.watch(id))).toEqual(["queued", "failed"]);
  expect((await world.operation(id)).failure).toEqual(
    describeFailure("runner.not_connected", "The runner is not connected."),
  );
  expect(await world.audit(id)).toEqual([
    `operation.queued by ${alice.serviceAccountId}`,
    "operation.failed by system",
  ]);
});

test("a runner that is not connected: an operation that waits goes as soon as a tunnel opens", async () => {
  const id = await world.run({ waits: true });
  expect((await world.operation(id)).state).toBe("queued");
  const tunnel = world.connect();
  const { request, sink } = await world.arrival(tunnel);
  expect(request.operationId).toBe(id);
  sink.ended({ kind: "failed", failure: describeFailure("cloud.failed", "No.") });
  expect(summary(await world.watch(id))).toEqual(["queued", "sent", "failed"]);
});

test("a runner that does not know the kind: the operation fails and says so", async () => {
  world.tunnels.open({
    organizationId: acme,
    runnerId: acmeRunner,
    operationKinds: new Set(["pulumi.up"]),
  });
  const id = await world.run();
  expect((await world.operation(id)).failure?.code).toBe("operation.unsupported");
});

test.each([
  ["a connection that is not there", { connection: "nowhere" }, "connection.not_found"],
  [
    "a connection of another organization",
    { connection: testConnection(globex, "cluster").id },
    "connection.not_found",
  ],
  ["a connection to another provider", { connection: "state" }, "connection.wrong_provider"],
])("%s is refused, and nothing is recorded", async (_name, request, code) => {
  const before = await world.storage.read.audit.export(acme, 0, 1_000);
  await expect(world.run({ kind: "kubernetes.pods.list", ...request })).rejects.toMatchObject({
    code,
  });
  expect(await world.storage.read.audit.export(acme, 0, 1_000)).toEqual(before);
});

test("a runner of another organization is not found", async () => {
  const tunnel = world.tunnels.open({ organizationId: globex, runnerId: globexRunner });
  await expect(world.run({ runner: globexRunner })).rejects.toMatchObject({
    code: "runner.not_found",
  });
  expect(tunnel.executions).toEqual([]);
});

test("a runner that is disabled takes nothing, and everything again once it is enabled", async () => {
  const runner = await world.storage.read.runners.find(acme, acmeRunner);
  if (runner === undefined) {
    throw new Error("there is a runner");
  }
  const enable = async (isEnabled: boolean) =>
    await world.storage.write(
      async ({ runners }) => await runners.update({ ...runner, isEnabled }),
    );
  await enable(false);
  await expect(world.run()).rejects.toMatchObject({ code: "runner.disabled" });
  await enable(true);
  await expect(world.run()).resolves.toMatch(/^op_/);
});

test("a repeated idempotency key answers with the operation that it began, and streams it again", async () => {
  const tunnel = world.connect();
  const [id, again] = await Promise.all([
    world.run({ idempotencyKey: "once" }),
    world.run({ idempotencyKey: "once" }),
  ]);
  expect(again).toBe(id);
  const { sink } = await world.arrival(tunnel);
  sink.ended({ kind: "canceled", failure: describeFailure("operation.canceled", "It was.") });
  const events = await world.watch(id);
  expect(await world.run({ idempotencyKey: "once" })).toBe(id);
  expect(await world.watch(id)).toEqual(events);
  expect(tunnel.executions.length).toBe(1);
  expect(tunnel.operationsRunning).toBe(0);
});

test("an idempotency key belongs to one request: another one is refused, for 24 hours and not longer", async () => {
  const first = await world.run({ idempotencyKey: "key" });
  const other = { idempotencyKey: "key", input: new Uint8Array([1]) };
  await expect(world.run(other)).rejects.toMatchObject({ code: "operation.key_reused" });
  await expect(world.run({ idempotencyKey: "key", deadlineMs: 1_000 })).rejects.toMatchObject({
    code: "operation.key_reused",
  });
  await world.clock.advance(86_400_000);
  expect(await world.run({ idempotencyKey: "key" })).toBe(first);
  await world.clock.advance(1);
  expect(await world.run(other)).not.toBe(first);
});

test("an idempotency key of one caller means nothing for another", async () => {
  const id = await world.run({ idempotencyKey: "shared" });
  const bob = { ...alice, serviceAccountId: testId("sa", "bob"), serviceAccountName: "bob" };
  expect(await world.run({ idempotencyKey: "shared" }, bob)).not.toBe(id);
});
