import { create, type MessageInitShape, type MessageShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import {
  type Operation,
  OperationSchema,
  OperationService,
  OperationState,
  type RunOperationRequestSchema,
  WhenDisconnected,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  acme,
  alice,
  inlineDocument,
  OperationWorld,
} from "../../../test/support/operation-world.ts";
import { TestRandom } from "../../../test/support/test-random.ts";
import type { RecordIdentity } from "../../encryption/sealer.ts";
import { operationLimits } from "../../operations/operation-limits.ts";
import type { CallContext } from "../handler.ts";
import { makeOperations, type Operations } from "./make-operations.ts";

let world: OperationWorld;
let operations: Operations;
const opened: RecordIdentity[] = [];
beforeAll(async () => {
  world = await OperationWorld.open();
  operations = makeOperations({
    storage: world.storage,
    tunnels: world.tunnels,
    sealer: {
      seal: async () => await Promise.resolve(new Uint8Array()),
      open: async (identity, sealed) => {
        opened.push(identity);
        return await Promise.resolve(new Secret(new TextDecoder().decode(sealed)));
      },
    },
    seal: async (_key, _context, plaintext) => await Promise.resolve(plaintext.slice()),
    clock: world.clock,
    random: new TestRandom("handlers"),
    log: silentLog,
    limits: operationLimits,
  });
});
afterAll(async () => {
  await world.close();
});

const context: CallContext = {
  caller: {
    kind: "service-account",
    serviceAccountId: alice.serviceAccountId,
    serviceAccountName: alice.serviceAccountName,
    organizationId: acme,
    role: "operator",
    apiKeyId: "key_1",
  },
  organization: { id: acme, name: "acme", displayName: "acme", createdAtMs: 0 },
  signal: new AbortController().signal,
  correlationId: "cor_1",
};

const { method } = OperationService;
type Method = (typeof method)[keyof typeof method];

function handlerOf(wanted: Method) {
  const handler = operations.handlers.find((each) => each.method === wanted);
  if (handler === undefined) {
    throw new Error(`${wanted.name} is served`);
  }
  return handler;
}

async function call<M extends Method>(
  wanted: M,
  request: MessageInitShape<M["input"]>,
): Promise<MessageShape<M["output"]>> {
  const answer = await handlerOf(wanted).unary?.(create(wanted.input, request) as never, context);
  return create(wanted.output, answer as never) as MessageShape<M["output"]>;
}

async function run(
  request: MessageInitShape<typeof RunOperationRequestSchema>,
): Promise<readonly string[]> {
  const stream = handlerOf(method.runOperation).stream?.(
    create(method.runOperation.input, request) as never,
    context,
  );
  const seen: string[] = [];
  for await (const message of stream ?? []) {
    const { event } = create(method.runOperation.output, message as never);
    seen.push(event?.event.case ?? "nothing");
  }
  return seen;
}

test("every method of operations is served", () => {
  expect(operations.handlers.map((handler) => handler.method.name).sort()).toEqual(
    OperationService.methods.map(({ name }) => name).sort(),
  );
});

test("a caller sees an operation through to its end, with the credentials opened for the very connection", async () => {
  const tunnel = world.connect();
  tunnel.onExecute = ({ request, sink }) => {
    expect(new TextDecoder().decode(request.sealedCredentials)).toBe(inlineDocument);
    sink.started();
    sink.output(new Uint8Array([1]));
    sink.ended({ kind: "succeeded" });
  };
  const kind = "kubernetes.pods.list";
  expect(await run({ kind, connection: "inline" })).toEqual([
    "operation",
    "operation",
    "operation",
    "output",
    "operation",
  ]);
  expect(opened).toMatchObject([{ organizationId: acme, table: "connection" }]);
  const { operations: found } = await call(method.listOperations, { kind });
  const operation: Operation = found[0] ?? create(OperationSchema);
  expect(operation).toMatchObject({
    kind,
    state: OperationState.SUCCEEDED,
    serviceAccountId: alice.serviceAccountId,
    outputBytes: 1n,
  });
  const { createdAt, deadlineAt, endedAt } = operation;
  if (createdAt === undefined || deadlineAt === undefined || endedAt === undefined) {
    throw new Error("an ended operation has its times");
  }
  expect(timestampMs(deadlineAt) - timestampMs(createdAt)).toBe(60_000);
  expect((await call(method.getOperation, { operationId: operation.id })).operation).toEqual(
    operation,
  );
  world.tunnels.close(tunnel);
});

test("operations are listed the newest first, page by page, and by kind, state and runner", async () => {
  const before = (await call(method.listOperations, {})).operations.length;
  await run({ kind: "runner.describe", runner: "runner" });
  await run({ kind: "runner.describe", runner: "runner" });
  const all = await call(method.listOperations, {});
  expect(all.operations.length).toBe(before + 2);
  const first = await call(method.listOperations, { page: { size: 1 } });
  const token = first.page?.nextToken ?? "";
  const second = await call(method.listOperations, { page: { size: 1, token } });
  expect([...first.operations, ...second.operations].map(({ id }) => id)).toEqual(
    all.operations.slice(0, 2).map(({ id }) => id),
  );
  const count = async (filter: object) =>
    (await call(method.listOperations, filter)).operations.length;
  expect(await count({ state: OperationState.FAILED })).toBe(2);
  expect(await count({ state: OperationState.RUNNING })).toBe(0);
  expect(await count({ runner: "runner" })).toBe(before + 2);
  await expect(count({ runner: "nowhere" })).rejects.toMatchObject({ code: "runner.not_found" });
  await expect(count({ state: 99 })).rejects.toMatchObject({ code: "request.invalid" });
});

test("a failure crosses the wire with its code, who can mend it and whether to try again", async () => {
  await run({ kind: "runner.describe", runner: "runner" });
  const { operations: found } = await call(method.listOperations, { page: { size: 1 } });
  expect(found[0]?.failure).toMatchObject({
    code: "runner.not_connected",
    mender: 3,
    retriable: true,
  });
});

test("a choice that only a newer version knows is refused", async () => {
  await expect(
    run({ kind: "runner.describe", runner: "runner", whenDisconnected: 99 as WhenDisconnected }),
  ).rejects.toMatchObject({ code: "request.invalid" });
});

test("an operation is canceled, watched and deleted by its id", async () => {
  const stream = handlerOf(method.runOperation).stream?.(
    create(method.runOperation.input, {
      kind: "runner.describe",
      runner: "runner",
      whenDisconnected: WhenDisconnected.WAIT,
    }) as never,
    context,
  );
  await stream?.[Symbol.asyncIterator]().next();
  const state = OperationState.QUEUED;
  const [waiting] = (await call(method.listOperations, { state })).operations;
  const operationId = waiting?.id ?? "";
  expect((await call(method.cancelOperation, { operationId })).operation?.state).toBe(
    OperationState.CANCELED,
  );
  const watched = handlerOf(method.watchOperation).stream?.(
    create(method.watchOperation.input, { operationId, offset: 1n }) as never,
    context,
  );
  const offsets: bigint[] = [];
  for await (const message of watched ?? []) {
    offsets.push(create(method.watchOperation.output, message as never).event?.offset ?? -1n);
  }
  expect(offsets).toEqual([1n]);
  await call(method.deleteOperation, { operationId });
  await expect(call(method.getOperation, { operationId })).rejects.toMatchObject({
    code: "operation.not_found",
  });
});
