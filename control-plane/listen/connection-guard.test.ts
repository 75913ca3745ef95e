import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { Client, credentials, Metadata, Server, type sendUnaryData } from "@grpc/grpc-js";
import { type Log, silentLog } from "@holdfast/foundation/log.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { type LocalAuthority, openLocalAuthority } from "../authority/local-authority.ts";
import {
  defaultListenLimits,
  type GuardedListener,
  guardedListener,
  type ListenerTls,
  type ListenLimits,
} from "./connection-guard.ts";

const path = "/test.Echo/Echo";
const same = (bytes: Buffer): Buffer => bytes;

let directory: string;
let authority: LocalAuthority;
let clock: TestClock;
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "guard-"));
  authority = await openLocalAuthority({
    directory: join(directory, "authority"),
    trustDomain: "test.internal",
    serverNames: ["localhost", "127.0.0.1"],
    clock: { ...new TestClock(), nowMs: () => Date.now() } as TestClock,
    random: new SystemRandom(),
  });
});

afterAll(() => rmSync(directory, { recursive: true }));

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) {
    await end();
  }
});

const tls = (): ListenerTls => ({
  keyPem: authority.server.privateKeyPem,
  certificatePem: authority.server.chainPem,
  clientTrustPem: undefined,
});

type Answer = (bytes: Buffer, peer: Buffer | undefined, answer: sendUnaryData<Buffer>) => void;

async function open(
  limits: Partial<ListenLimits> = {},
  options: { tls?: ListenerTls; answer?: Answer; log?: Log } = {},
): Promise<GuardedListener> {
  clock = new TestClock();
  const server = new Server();
  const answer = options.answer ?? ((bytes, _peer, done) => done(null, bytes));
  server.register(
    path,
    (
      call: { request: Buffer; getAuthContext(): { sslPeerCertificate?: { raw: Buffer } } },
      done: sendUnaryData<Buffer>,
    ) => answer(call.request, call.getAuthContext().sslPeerCertificate?.raw, done),
    same,
    same,
    "unary",
  );
  const listener = await guardedListener({
    host: "127.0.0.1",
    port: 0,
    server,
    tls: options.tls ?? tls(),
    limits: { ...defaultListenLimits, ...limits },
    clock,
    log: options.log ?? silentLog,
  });
  ends.push(() => listener.close(0));
  return listener;
}

function call(
  port: number,
  pair?: { certificate: string; key: string },
): { result: Promise<string>; client: Client } {
  const secure = credentials.createSsl(
    Buffer.from(authority.serverTrustPem),
    pair === undefined ? null : Buffer.from(pair.key),
    pair === undefined ? null : Buffer.from(pair.certificate),
  );
  const client = new Client(`localhost:${port}`, secure, { "grpc.enable_retries": 0 });
  ends.push(() => client.close());
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  client.makeUnaryRequest(path, same, same, Buffer.from("hello"), new Metadata(), (error, bytes) =>
    error === null ? resolve(String(bytes)) : reject(error),
  );
  return { result: promise, client };
}

/** A connection that never says anything. */
async function halfOpen(port: number): Promise<{ socket: Socket; closed: Promise<void> }> {
  const socket = connectTcp({ host: "127.0.0.1", port });
  ends.push(() => socket.destroy());
  const closed = Promise.withResolvers<void>();
  socket.on("error", () => undefined);
  socket.once("close", () => closed.resolve());
  await new Promise<void>((resolve) => socket.once("connect", resolve));
  return { socket, closed: closed.promise };
}

test("a call goes through the guard, and the server sees the certificate that the client presented", async () => {
  const { certificatePem, privateKeyPem } = await authority.issueWithKey(
    { organizationId: `org_${"a".repeat(22)}`, runnerId: `run_${"b".repeat(22)}` },
    60_000,
  );
  const listener = await open(
    {},
    {
      tls: { ...tls(), clientTrustPem: authority.runnerTrustPem },
      answer: (_bytes, peer, done) => done(null, Buffer.from(`${(peer?.length ?? 0) > 300}`)),
    },
  );
  const pair = { certificate: certificatePem, key: privateKeyPem.expose() };
  expect(await call(listener.port, pair).result).toBe("true");
  expect(listener.counts).toEqual({ waiting: 0, handshaking: 0, established: 1 });
});

test("a client that speaks an older TLS than 1.3 is refused", async () => {
  const { port } = await open();
  const socket = connectTls({
    host: "127.0.0.1",
    port,
    maxVersion: "TLSv1.2",
    rejectUnauthorized: false,
  });
  const ended = Promise.withResolvers<string>();
  socket.once("secureConnect", () => ended.resolve("accepted"));
  socket.once("error", (error: NodeJS.ErrnoException) => ended.resolve(error.code ?? ""));
  expect(await ended.promise).toMatch(/^ERR_SSL|ECONNRESET/);
});

test("no more handshakes than the limit are under way, the rest waits, and beyond that is refused", async () => {
  const listener = await open({ handshakingMax: 4, waitingMax: 3 });
  const silent = await Promise.all(Array.from({ length: 10 }, () => halfOpen(listener.port)));
  await vi.waitFor(() =>
    expect(listener.counts).toEqual({ waiting: 3, handshaking: 4, established: 0 }),
  );
  const refused = await Promise.race([
    Promise.all(silent.slice(7).map(({ closed }) => closed)).then(() => "refused"),
    new Promise((resolve) => setTimeout(resolve, 5_000, "open")),
  ]);
  expect(refused).toBe("refused");
});

test("a client gets in although others hold every handshake and say nothing", async () => {
  const listener = await open({ handshakingMax: 4, waitingMax: 10 });
  await Promise.all(Array.from({ length: 4 }, () => halfOpen(listener.port)));
  await vi.waitFor(() => expect(listener.counts.handshaking).toBe(4));
  const { result } = call(listener.port);
  await vi.waitFor(() => expect(listener.counts.waiting).toBe(1));
  await clock.advance(1_000);
  expect(await result).toBe("hello");
});

test("a thousand half-open connections cost bounded memory, and a client gets in behind them", async () => {
  const listener = await open();
  const beforeBytes = process.memoryUsage().rss;
  await Promise.all(Array.from({ length: 1_000 }, () => halfOpen(listener.port)));
  await vi.waitFor(() =>
    expect(listener.counts).toEqual({ waiting: 744, handshaking: 256, established: 0 }),
  );
  // Both ends of every connection are in this process.
  expect(process.memoryUsage().rss - beforeBytes).toBeLessThan(128 * 1024 * 1024);
  const { result } = call(listener.port);
  await vi.waitFor(() => expect(listener.counts.waiting).toBe(745));
  for (const waiting of [489, 233, 0]) {
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    await clock.advance(1_000);
    await vi.waitFor(() => expect(listener.counts.waiting).toBe(waiting));
  }
  expect(await result).toBe("hello");
});

test("a handshake that takes too long is ended even if nobody waits", async () => {
  const listener = await open();
  const { closed } = await halfOpen(listener.port);
  await vi.waitFor(() => expect(listener.counts.handshaking).toBe(1));
  await clock.advance(9_000);
  expect(listener.counts.handshaking).toBe(1);
  await vi.waitFor(() => expect(clock.waiting).toBe(1));
  await clock.advance(1_000);
  await closed;
  expect(listener.counts.handshaking).toBe(0);
});

test("an address that connects too often is refused, and the log says so in one line", async () => {
  const lines: unknown[] = [];
  const log: Log = { ...silentLog, warn: (message, fields) => lines.push([message, fields]) };
  const listener = await open(
    { perAddress: { burst: 2, perSecond: 1, addressesMax: 10 } },
    { log },
  );
  const silent = await Promise.all(Array.from({ length: 5 }, () => halfOpen(listener.port)));
  await vi.waitFor(() => expect(listener.counts.handshaking).toBe(2));
  await Promise.all(silent.slice(2).map(({ closed }) => closed));
  await clock.advance(1_000);
  expect(lines).toEqual([["connections refused", { count: 3 }]]);
});

test("no more connections than the limit are established", async () => {
  const listener = await open({ connectionsMax: 1 });
  await call(listener.port).result;
  await expect(call(listener.port).result).rejects.toMatchObject({ code: 14 });
  expect(listener.counts.established).toBe(1);
});

test("another certificate is presented as soon as it is given, and open connections stay", async () => {
  const listener = await open();
  const first = call(listener.port);
  await first.result;
  const other = await openLocalAuthority({
    directory: join(directory, "other"),
    trustDomain: "test.internal",
    serverNames: ["localhost"],
    clock: { ...new TestClock(), nowMs: () => Date.now() } as TestClock,
    random: new SystemRandom(),
  });
  listener.renew({
    ...tls(),
    keyPem: other.server.privateKeyPem,
    certificatePem: other.server.chainPem,
  });
  await expect(call(listener.port).result).rejects.toMatchObject({ code: 14 });
  expect(listener.counts.established).toBe(1);
});

test("a port that is taken is told as a wrong setting", async () => {
  const { port } = await open();
  const again = guardedListener({
    host: "127.0.0.1",
    port,
    server: new Server(),
    tls: tls(),
    limits: defaultListenLimits,
    clock,
    log: silentLog,
  });
  await expect(again).rejects.toMatchObject({ code: "settings.invalid" });
});

test("closing lets a running call end, and refuses new connections meanwhile", async () => {
  const started = Promise.withResolvers<void>();
  let finish: () => void = () => undefined;
  const listener = await open(
    {},
    {
      answer: (bytes, _peer, done) => {
        finish = () => done(null, bytes);
        started.resolve();
      },
    },
  );
  const { port } = listener;
  const { result } = call(port);
  await started.promise;
  const closed = listener.close(60_000);
  await expect(call(port).result).rejects.toMatchObject({ code: 14 });
  finish();
  expect(await result).toBe("hello");
  await closed;
});

test("closing ends what has not ended when the grace is over", async () => {
  const started = Promise.withResolvers<void>();
  const listener = await open({}, { answer: () => started.resolve() });
  const { result } = call(listener.port);
  await started.promise;
  const closed = listener.close(5_000);
  const failed = expect(result).rejects.toMatchObject({ name: "Error" });
  await vi.waitFor(() => expect(clock.waiting).toBe(1));
  await clock.advance(5_000);
  await Promise.all([closed, failed]);
});
