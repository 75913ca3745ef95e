import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import { silentLog } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { BatchSchema } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { RunnerCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { type FrameContent, makeFrame } from "@holdfast/protocol/tunnel/frame.ts";
import { protocolVersion } from "@holdfast/protocol/version.ts";
import { afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import {
  type RecordedControlPlane,
  replayControlPlane,
} from "../../test/support/recorded-control-plane.ts";
import type { RecordedMessage } from "../../test/support/recorded-runner.ts";
import {
  makeTestAuthority,
  type TestAuthority,
  type TestCertificate,
} from "../../test/support/test-authority.ts";
import { TestClock } from "../../test/support/test-clock.ts";
import { testCredentials } from "../../test/support/test-credentials.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { authenticateControlPlane, authenticateTunnel, openTunnel } from "./open-tunnel.ts";
import type { OnOperation, OpenedTunnel, OpenTunnelOptions } from "./tunnel-client.ts";

let authority: TestAuthority;
let server: TestCertificate;
let client: TestCertificate;
let clock: TestClock;
const peers: RecordedControlPlane[] = [];

beforeAll(async () => {
  clock = new TestClock(Date.now());
  authority = await makeTestAuthority(clock);
  server = await authority.issueServer(["localhost"]);
  client = await authority.issueRunner({ organizationId: "org_1", runnerId: "run_1" });
});
afterEach(() => {
  for (const peer of peers.splice(0)) {
    peer.close();
  }
});

function optionsFor(port: number, onOperation: OnOperation = () => undefined): OpenTunnelOptions {
  const document = testCredentials();
  const credentials: RunnerCredentialsFile = {
    ...document,
    endpoints: { ...document.endpoints, tunnel: `localhost:${port}` },
    certificateAuthority: authority.serverTrustPem,
    certificate: client.certificatePem,
    privateKey: client.privateKeyPem,
    apiKey: new Secret("hf_canary"),
  };
  return {
    credentials,
    operationKinds: [],
    sealingPublicKey: new Uint8Array(65),
    runnerVersion: "0.1.0",
    clock,
    random: new TestRandom(),
    log: silentLog,
    signal: new AbortController().signal,
    onOperation,
  };
}

async function replay(session: readonly RecordedMessage[]): Promise<RecordedControlPlane> {
  const peer = await replayControlPlane(server, session);
  peers.push(peer);
  return peer;
}

const message = (after: string, ...frames: FrameContent[]): RecordedMessage => ({
  after,
  bytes: Buffer.from(
    toBinary(BatchSchema, create(BatchSchema, { frames: frames.map((each) => makeFrame(each)) })),
  ).toString("base64"),
});
const welcome = message("hello", {
  case: "welcome",
  value: { version: protocolVersion, livenessIntervalMs: 5_000, operationsMax: 2 },
});
const accepted = message("authenticate", {
  case: "accepted",
  value: { serviceAccountId: "sa_1" },
});

const recorded = JSON.parse(
  readFileSync(
    join(import.meta.dirname, "../../test/fixtures/tunnel-control-plane-1.0.json"),
    "utf8",
  ),
) as readonly RecordedMessage[];

test("a control plane that is one minor version older still works, and is sent no frame that it does not know", async () => {
  const peer = await replay(recorded);
  const reasons: unknown[] = [];
  const onOperation: OnOperation = (operation, sink) => {
    if (operation.operationId.endsWith("M")) {
      operation.signal.addEventListener("abort", () => {
        reasons.push(operation.signal.reason);
        sink.canceled(operation.signal.reason as never);
      });
      return;
    }
    sink.started();
    void sink
      .item(Buffer.from("item"))
      .then(async () => await sink.output(operation.input))
      .then(() => sink.succeeded());
  };
  const tunnel = (await openTunnel(optionsFor(peer.port, onOperation))) as OpenedTunnel;
  expect(tunnel.kind).toBe("opened");
  await eventually(() => reasons.length === 1, "the cancel");
  expect(reasons).toMatchObject([{ code: "operation.canceled" }]);
  await eventually(() => peer.received.filter((kind) => kind === "result").length === 2, "results");
  tunnel.drain();
  await tunnel.goodbye("shutdown", "The test ends.");
  await eventually(() => peer.received.includes("goodbye"), "the goodbye");
  expect(peer.received).toEqual(expect.arrayContaining(["started", "data", "pong", "ping"]));
  expect(peer.received).not.toContain("drain");
});

test("the two phases are two steps, and no operation is taken before both have passed", async () => {
  const peer = await replay([welcome, accepted]);
  const tunnel = await authenticateTunnel(optionsFor(peer.port));
  expect(tunnel.kind).toBe("authenticated");
  expect(peer.received).toEqual(["hello"]);
  if (tunnel.kind === "refused") {
    return;
  }
  const open = (await authenticateControlPlane(tunnel)) as OpenedTunnel;
  expect(open).toMatchObject({ kind: "opened", serviceAccountId: "sa_1", operationsMax: 2 });
  await open.goodbye("shutdown", "The test ends.");
});

test("a control plane that sends an operation too early is left", async () => {
  const early = message("hello", { case: "open", value: { stream: 1 } });
  const peer = await replay([early, welcome]);
  let taken = 0;
  const result = await openTunnel(
    optionsFor(peer.port, () => {
      taken += 1;
    }),
  );
  expect(result).toMatchObject({ kind: "refused", phase: "tunnel", code: "protocol.violated" });
  expect(taken).toBe(0);
});

test.each([
  ["tunnel", "hello", [], "certificate.revoked", true],
  ["control-plane", "authenticate", [welcome], "identity.throttled", false],
] as const)(
  "a refusal in the phase %s is told with its phase, code and whether it is for good",
  async (phase, after, before, code, permanent) => {
    const refusal = message(after, {
      case: "refusal",
      value: { phase: phase === "tunnel" ? 1 : 2, code, message: "A sentence.", permanent },
    });
    const peer = await replay([...before, refusal]);
    expect(await openTunnel(optionsFor(peer.port))).toMatchObject({
      kind: "refused",
      phase,
      code,
      message: "A sentence.",
      isPermanent: permanent,
    });
  },
);

test("a control plane of another major version is refused for good", async () => {
  const other = message("hello", { case: "welcome", value: { version: { major: 2, minor: 0 } } });
  const peer = await replay([other]);
  expect(await openTunnel(optionsFor(peer.port))).toMatchObject({
    kind: "refused",
    phase: "tunnel",
    code: "protocol.version_unsupported",
    isPermanent: true,
  });
});

test("a stream that just ends is a loss, whatever its status says", async () => {
  const peer = await replay([welcome, accepted]);
  const tunnel = (await openTunnel(optionsFor(peer.port))) as OpenedTunnel;
  peer.hangUp();
  expect(await tunnel.closed).toMatchObject({ kind: "lost", isPermanent: false, isOurs: false });
});

test("a number of an operation that is used twice ends the tunnel", async () => {
  const twice = message(
    "authenticate",
    { case: "accepted", value: {} },
    { case: "open", value: { stream: 1 } },
    { case: "open", value: { stream: 1 } },
  );
  const peer = await replay([welcome, twice]);
  const tunnel = (await openTunnel(optionsFor(peer.port))) as OpenedTunnel;
  expect(await tunnel.closed).toMatchObject({ kind: "lost", code: "protocol.violated" });
});

test("more operations than were announced are refused one by one", async () => {
  const many = message(
    "authenticate",
    { case: "accepted", value: {} },
    ...[1, 2, 3].map((stream) => ({ case: "open" as const, value: { stream } })),
  );
  const peer = await replay([welcome, many]);
  const begun: string[] = [];
  const tunnel = (await openTunnel(optionsFor(peer.port, () => begun.push("one")))) as OpenedTunnel;
  await eventually(() => peer.received.includes("result"), "the refusal");
  expect([begun.length, tunnel.operationsRunning]).toEqual([2, 2]);
  await tunnel.goodbye("shutdown", "The test ends.");
});

test("nobody at the endpoint is a transient refusal at once", async () => {
  const closed = await replay([]);
  const { port } = closed;
  closed.close();
  expect(await openTunnel(optionsFor(port))).toMatchObject({
    kind: "refused",
    phase: "tunnel",
    code: "tunnel.unreachable",
    isPermanent: false,
  });
});

test("an endpoint that takes connections and says nothing is given up, by a watchdog of ours", async () => {
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => {
    silent.listen(0, "127.0.0.1", resolve);
  });
  const address = silent.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  const waiting = clock.waiting;
  const result = openTunnel(optionsFor(port));
  await eventually(() => clock.waiting > waiting, "the watchdog");
  await clock.advance(30_000);
  expect(await result).toMatchObject({
    kind: "refused",
    phase: "tunnel",
    code: "tunnel.timeout",
    isPermanent: false,
  });
  silent.close();
});

test("an attempt ends when it is no longer wanted", async () => {
  const peer = await replay([]);
  const stop = new AbortController();
  const result = openTunnel({ ...optionsFor(peer.port), signal: stop.signal });
  await eventually(() => peer.received.includes("hello"), "the hello");
  stop.abort();
  expect(await result).toMatchObject({ kind: "refused", isPermanent: false });
});

test("an operation whose result waits for credit still counts, so that no goodbye comes before it", async () => {
  const opened = message("authenticate", {
    case: "open",
    value: { stream: 1, operationId: "op_1", kind: "runner.describe", credit: 100 },
  });
  const more = message("data", { case: "credit", value: { stream: 1, bytes: 1_000 } });
  const told = Promise.withResolvers<void>();
  const peer = await replay([welcome, accepted, opened, more]);
  const tunnel = (await openTunnel(
    optionsFor(peer.port, (_operation, sink) => {
      sink.started();
      void sink.item(Buffer.alloc(1_000)).then(() => {
        sink.succeeded();
        told.resolve();
      });
    }),
  )) as OpenedTunnel;
  await told.promise;
  await eventually(() => tunnel.operationsRunning === 0, "the result");
  await tunnel.goodbye("shutdown", "The test ends.");
  await eventually(() => peer.received.includes("goodbye"), "the goodbye");
  const { received } = peer;
  expect(received.filter((kind) => kind === "data")).toHaveLength(2);
  expect(received.indexOf("result")).toBeGreaterThan(received.lastIndexOf("data"));
  expect(received.at(-1)).toBe("goodbye");
});
