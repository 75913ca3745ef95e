import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { Client } from "@grpc/grpc-js";
import { ReferenceService } from "@holdfast/protocol/generated/holdfast/v1/identity_pb.ts";
import { BatchSchema } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { tlsChannel } from "@holdfast/protocol/grpc/tls-channel.ts";
import { type FrameContent, makeFrame } from "@holdfast/protocol/tunnel/frame.ts";
import { tunnelTimes } from "@holdfast/protocol/tunnel/limits.ts";
import { protocolVersion } from "@holdfast/protocol/version.ts";
import { dial } from "@holdfast/runner/tunnel/dial.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import { type RecordedMessage, replayRunner } from "../../test/support/recorded-runner.ts";
import {
  execute,
  opened,
  openTunnelWorld,
  type TunnelWorld,
} from "../../test/support/tunnel-world.ts";
import type { Caller } from "../access/caller.ts";
import { unary } from "../api/handler.ts";
import { revokeCredentials } from "../runners/revoke-credentials.ts";

let world: TunnelWorld;
const callers: Caller[] = [];
beforeAll(async () => {
  world = await openTunnelWorld({
    handlers: [
      unary(ReferenceService.method.resolveReferences, async (_request, { caller }) => {
        callers.push(caller);
        return await Promise.resolve({});
      }),
    ],
  });
});
afterAll(async () => await world.close());

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, "../../test/fixtures/tunnel-runner-1.0.json"), "utf8"),
) as readonly RecordedMessage[];

/** A world of its own for a test that drains it. */
async function draining(): Promise<AsyncDisposable & { readonly world: TunnelWorld }> {
  const drained = await openTunnelWorld();
  return { world: drained, [Symbol.asyncDispose]: async () => await drained.close() };
}

/** What a runner that does as it likes would send. */
const message = (after: string | undefined, ...frames: FrameContent[]): RecordedMessage => ({
  ...(after === undefined ? {} : { after }),
  bytes: Buffer.from(
    toBinary(BatchSchema, create(BatchSchema, { frames: frames.map((each) => makeFrame(each)) })),
  ).toString("base64"),
});
const hello = message(undefined, {
  case: "hello",
  value: { version: protocolVersion, operationKinds: ["runner.describe"] },
});
const authenticate = message("welcome", { case: "authenticate", value: {} });

test("a runner that is one minor version older still works, and is sent no frame that it does not know", async () => {
  await using own = await draining();
  const { world } = own;
  const runner = await world.world.makeRunner();
  const peer = replayRunner(await world.credentialsOf(runner), recorded);
  const tunnel = await eventually(() => world.tunnels.ofRunner(runner.id)[0], "the tunnel");
  const executed = execute(world.tunnels, runner.id);
  expect(await executed.ended).toEqual({ kind: "succeeded" });
  expect(executed.items.map((bytes) => Buffer.from(bytes).toString())).toEqual([
    "first half, second half",
  ]);
  expect(executed.outputs.map((bytes) => Buffer.from(bytes).toString())).toEqual(["output"]);
  await eventually(() => tunnel.roundTripMs !== undefined, "a pong");
  world.server.drain();
  expect(tunnel.isDraining).toBe(true);
  await world.server.goodbye();
  await peer.ended;
  expect(peer.received).toEqual(
    expect.arrayContaining(["welcome", "accepted", "pong", "open", "goodbye"]),
  );
  expect(peer.received).not.toContain("drain");
  peer.close();
});

test.each([
  [
    "an operation's result before both phases",
    [message(undefined, { case: "result", value: { stream: 1 } })],
  ],
  ["a second hello", [hello, message("welcome", { case: "hello", value: {} })]],
  ["the API key before the hello", [message(undefined, { case: "authenticate", value: {} })]],
])("a runner that sends %s is refused", async (_what, session) => {
  const runner = await world.world.makeRunner();
  const peer = replayRunner(await world.credentialsOf(runner), session);
  await peer.ended;
  expect(peer.received).toContain("refusal");
  expect(world.tunnels.ofRunner(runner.id)).toEqual([]);
  peer.close();
});

test.each([
  ["the result of an operation that it was never sent", { case: "result", value: { stream: 9 } }],
  ["data of an operation that it was never sent", { case: "data", value: { stream: 9 } }],
  ["what only a control plane says", { case: "open", value: { stream: 1 } }],
] as const)("an open tunnel whose runner sends %s is ended", async (_what, frame) => {
  const runner = await world.world.makeRunner();
  const session = [hello, authenticate, message("accepted", frame)];
  const peer = replayRunner(await world.credentialsOf(runner), session);
  await peer.ended;
  expect(peer.received).toEqual(expect.arrayContaining(["accepted", "goodbye"]));
  await eventually(() => world.tunnels.ofRunner(runner.id).length === 0, "the end");
  peer.close();
});

test("a runner that does not prove itself in time is refused, in either phase", async () => {
  for (const [session, waitsFor] of [
    [[message(undefined)], undefined],
    [[hello], "welcome"],
  ] as const) {
    const runner = await world.world.makeRunner();
    const credentials = await world.credentialsOf(runner);
    const waiting = world.clock.waiting;
    const peer = replayRunner(credentials, session);
    await eventually(
      () =>
        waitsFor === undefined ? world.clock.waiting > waiting : peer.received.includes(waitsFor),
      "the phase",
    );
    await eventually(async () => {
      await world.clock.advance(tunnelTimes.phaseMsMax);
      return peer.received.includes("refusal");
    }, "the refusal");
    await peer.ended;
    peer.close();
  }
});

test("a control plane that drains takes no more tunnels, asks its runners to go elsewhere and says goodbye", async () => {
  await using own = await draining();
  const { world } = own;
  const runner = await world.world.makeRunner();
  const credentials = await world.credentialsOf(runner);
  const tunnel = opened(await world.open(credentials));
  world.server.drain();
  await eventually(() => tunnel.draining.aborted, "the drain");
  expect(await world.open(credentials)).toMatchObject({
    kind: "refused",
    code: "control_plane.shutting_down",
    isPermanent: false,
  });
  await world.server.goodbye();
  expect(await tunnel.closed).toMatchObject({ kind: "goodbye", code: "drain", isPermanent: false });
});

test("a thousand connections that prove nothing cost little, and runners still get in", async () => {
  const runner = await world.world.makeRunner();
  const credentials = await world.credentialsOf(runner);
  const before = process.memoryUsage().rss;
  const sockets = Array.from({ length: 1_000 }, () => {
    const socket = connect(world.listener.port, "127.0.0.1");
    socket.on("error", () => undefined);
    return socket;
  });
  await eventually(() => {
    const { handshaking, waiting } = world.listener.counts;
    return handshaking + waiting >= 900;
  }, "the connections");
  opened(await world.open(credentials));
  // Both ends of a thousand connections are in this process.
  expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024);
  for (const socket of sockets) {
    socket.destroy();
  }
});

test("a runner's call beside its tunnel proves the certificate and the API key of one and the same runner", async () => {
  const runner = await world.world.makeRunner();
  const credentials = await world.credentialsOf(runner);
  const method = ReferenceService.method.resolveReferences;
  const options = { deadlineMs: 20_000 };
  const tunnel = opened(await world.open(credentials));
  await tunnel.api.call(method, {}, options);
  expect(callers.at(-1)).toMatchObject({
    kind: "runner",
    runnerId: runner.id,
    organizationId: runner.organizationId,
    generation: credentials.generation,
  });
  const calledBy = callers.length;
  const other = await world.credentialsOf(await world.world.makeRunner());
  const foreign = await world.credentialsOf(await world.world.makeRunner(world.world.other));
  for (const [changed, code] of [
    [{ ...credentials, apiKey: other.apiKey }, "identity.api_key_wrong_runner"],
    [{ ...credentials, apiKey: foreign.apiKey }, "identity.api_key_wrong_organization"],
  ] as const) {
    const { client } = dial(changed, undefined);
    const api = new ApiClient(client, changed.apiKey);
    await expect(api.call(method, {}, options)).rejects.toMatchObject({ code });
    api.close();
  }
  await revokeCredentials(world.deps, "sa_admin", {
    organizationId: runner.organizationId,
    runner: runner.id,
    generation: credentials.generation,
  });
  const { client } = dial(credentials, undefined);
  const api = new ApiClient(client, credentials.apiKey);
  await expect(api.call(method, {}, options)).rejects.toMatchObject({
    code: "certificate.revoked",
  });
  api.close();
  expect(callers.length).toBe(calledBy);
});

test("an API key without a certificate opens nothing on the tunnel listener", async () => {
  const credentials = await world.credentialsOf(await world.world.makeRunner());
  const { endpoints, certificateAuthority, apiKey } = credentials;
  const channel = tlsChannel(endpoints.tunnel, { trustPem: certificateAuthority });
  const api = new ApiClient(
    new Client(endpoints.tunnel, channel.credentials, channel.options),
    apiKey,
  );
  await expect(
    api.call(ReferenceService.method.resolveReferences, {}, { deadlineMs: 20_000 }),
  ).rejects.toMatchObject({ code: "certificate.missing" });
  api.close();
});
