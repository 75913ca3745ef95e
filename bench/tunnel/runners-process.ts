import { Client, credentials as channel, Metadata } from "@grpc/grpc-js";
import { silentLog } from "@holdfast/foundation/log.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { tuneGarbageCollection } from "@holdfast/foundation/system/tune-garbage-collection.ts";
import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { openTunnel } from "@holdfast/runner/tunnel/open-tunnel.ts";
import type { OnOperation, OpenedTunnel } from "@holdfast/runner/tunnel/tunnel-client.ts";
import { cpuUs, serveParent } from "../child.ts";
import { closedLoop } from "../load.ts";

// As both programs do it.
tuneGarbageCollection();

/** All the runners of a bench, in one process: the real tunnel, an executor that echoes. */
const clock = new SystemClock();
const random = new SystemRandom();
const open: OpenedTunnel[] = [];
const closedAtMs: number[] = [];
const raw: Client[] = [];

const line = Buffer.alloc(16_000, "log line\n");

const onOperation: OnOperation = (operation, sink) => {
  const input = Buffer.from(
    operation.input.buffer,
    operation.input.byteOffset,
    operation.input.length,
  );
  if (input.subarray(0, 5).toString() === "bulk ") {
    void (async () => {
      const bytes = Number(input.subarray(5).toString());
      for (let sent = 0; sent < bytes; sent += line.length) {
        await sink.item(line);
      }
      sink.succeeded();
    })();
    return;
  }
  void sink.output(operation.input).then(() => sink.succeeded());
};

/** Opens tunnels, a few at a time; those of one runner share its credentials. */
async function openTunnels({
  files,
  perRunner,
}: {
  readonly files: readonly string[];
  readonly perRunner: number;
}): Promise<number> {
  const wanted = files.flatMap((file) => {
    const credentials = parseCredentialsFile(file);
    return Array.from({ length: perRunner }, () => credentials);
  });
  const worker = async (): Promise<void> => {
    for (let next = wanted.pop(); next !== undefined; next = wanted.pop()) {
      const tunnel = await openTunnel({
        credentials: next,
        operationKinds: ["runner.describe"],
        sealingPublicKey: new Uint8Array(65),
        runnerVersion: "bench",
        clock,
        random,
        log: silentLog,
        signal: new AbortController().signal,
        onOperation,
      });
      if (tunnel.kind === "refused") {
        throw new Error(`${tunnel.code}: ${tunnel.message}`, { cause: tunnel.cause });
      }
      open.push(tunnel);
      void tunnel.closed.then(() => closedAtMs.push(performance.timeOrigin + performance.now()));
    }
  };
  await Promise.all(Array.from({ length: 16 }, worker));
  return open.length;
}

const same = (bytes: Buffer): Buffer => bytes;

async function callRaw(client: Client, payload: Buffer): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  client.makeUnaryRequest("/bench.Echo/Echo", same, same, payload, new Metadata(), (error) => {
    if (error === null) {
      resolve();
    } else {
      reject(error);
    }
  });
  await promise;
}

/** Opens raw channels, each with its own connection, and calls each once. */
async function openRaw({
  file,
  port,
  count,
}: {
  readonly file: string;
  readonly port: number;
  readonly count: number;
}): Promise<void> {
  const { certificateAuthority, certificate, privateKey } = parseCredentialsFile(file);
  for (let index = 0; index < count; index += 1) {
    const client = new Client(
      `localhost:${port}`,
      channel.createSsl(
        Buffer.from(certificateAuthority),
        Buffer.from(privateKey.expose()),
        Buffer.from(certificate),
      ),
      { "grpc.use_local_subchannel_pool": 1, "grpc.enable_channelz": 0, "grpc.enable_retries": 0 },
    );
    raw.push(client);
    await callRaw(client, Buffer.alloc(1));
  }
}

interface Load {
  readonly durationMs: number;
  readonly concurrency: number;
  readonly payloadBytes: number;
}

serveParent({
  openTunnels,
  openRaw,
  cpuUs,
  callRaw: async (load: Load) => {
    const payload = Buffer.alloc(load.payloadBytes, 1);
    return await closedLoop(load, async (count) => {
      const client = raw[count % raw.length];
      if (client !== undefined) {
        await callRaw(client, payload);
      }
    });
  },
  takeClosed: () => closedAtMs.splice(0),
});
