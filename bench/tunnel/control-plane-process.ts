import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from "@grpc/grpc-js";
import { makeAccess } from "@holdfast/control-plane/access/cedar-access.ts";
import { makeCallLimits } from "@holdfast/control-plane/api/call-limits.ts";
import { openLocalAuthority } from "@holdfast/control-plane/authority/local-authority.ts";
import {
  defaultListenLimits,
  guardedListener,
} from "@holdfast/control-plane/listen/connection-guard.ts";
import { operationLimits } from "@holdfast/control-plane/operations/operation-limits.ts";
import { createRunner } from "@holdfast/control-plane/runners/create-runner.ts";
import { generateCredentials } from "@holdfast/control-plane/runners/generate-credentials.ts";
import { revokeCredentials } from "@holdfast/control-plane/runners/revoke-credentials.ts";
import type { RunnerDependencies } from "@holdfast/control-plane/runners/runner-dependencies.ts";
import { mintApiKey } from "@holdfast/control-plane/service-accounts/api-key.ts";
import { authenticateApiKey } from "@holdfast/control-plane/service-accounts/authenticate-api-key.ts";
import { openPeppers } from "@holdfast/control-plane/service-accounts/peppers.ts";
import { TunnelRegistry } from "@holdfast/control-plane/tunnel/tunnel-registry.ts";
import { makeTunnelServer } from "@holdfast/control-plane/tunnel/tunnel-server.ts";
import type { Tunnel } from "@holdfast/control-plane/tunnel/tunnels.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import { silentLog } from "@holdfast/foundation/log.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { tuneGarbageCollection } from "@holdfast/foundation/system/tune-garbage-collection.ts";
import { openTestStorage } from "../../test/support/test-storage.ts";
import { cpuUs, serveParent } from "../child.ts";
import { closedLoop, openLoop } from "../load.ts";

// As both programs do it.
tuneGarbageCollection();

/** The control plane of a bench: the real tunnel server, store, authority and use cases. */
const clock = new SystemClock();
const random = new SystemRandom();
const directory = mkdtempSync(join(tmpdir(), "bench-"));
const { storage } = await openTestStorage();
const authority = await openLocalAuthority({
  directory: join(directory, "authority"),
  trustDomain: "bench.internal",
  serverNames: ["localhost"],
  clock,
  random,
});
const peppers = openPeppers({ path: join(directory, "pepper.json"), random, mayMake: true });
// Everything is in memory by now, and nobody could tidy up after a process that is killed.
rmSync(directory, { recursive: true });
const accounts = { storage, clock, random, peppers };
const tunnels = new TunnelRegistry();
const endpoints = { tunnel: "", api: "localhost:1" };
const deps: RunnerDependencies = {
  storage,
  clock,
  random,
  authority,
  tunnels,
  endpoints,
  mintApiKey: (content) => mintApiKey(accounts, content),
  certificateLifetimeMs: 86_400_000,
};
const tunnelServer = makeTunnelServer({
  storage,
  access: makeAccess(),
  limits: makeCallLimits(),
  clock,
  random,
  log: silentLog,
  tunnels,
  runners: deps,
  trust: { trustPem: authority.runnerTrustPem, trustDomain: authority.trustDomain },
  proveKey: async (token) => await authenticateApiKey(accounts, token),
  handlers: [],
  certificateOf: (peer) => listener.peerCertificate(peer),
});
const perAddress = { burst: 20_000, perSecond: 20_000, addressesMax: 16 };
const listener = await guardedListener({
  host: "127.0.0.1",
  port: 0,
  server: tunnelServer.server,
  tls: {
    keyPem: authority.server.privateKeyPem,
    certificatePem: authority.server.chainPem,
    clientTrustPem: authority.runnerTrustPem,
  },
  // All runners of a bench have one address.
  limits: { ...defaultListenLimits, perAddress },
  clock,
  log: silentLog,
});
endpoints.tunnel = `localhost:${listener.port}`;
const organization = {
  id: makeIdentifier("org", random),
  name: "acme",
  displayName: "acme",
  createdAtMs: 0,
};
await storage.write(async ({ organizations }) => await organizations.insert(organization));

const runnerIds: string[] = [];
let all: readonly Tunnel[] = [];

/** Generates credentials of so many runners; gives the files. */
async function makeRunners(count: number): Promise<readonly string[]> {
  const files: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const name = `runner-${runnerIds.length}`;
    const { id } = await createRunner(deps, "sa_bench", {
      organizationId: organization.id,
      name,
      description: "",
    });
    runnerIds.push(id);
    const minted = await generateCredentials(deps, "sa_bench", {
      organization,
      runner: id,
      certificateRequestPem: "",
      lifetimeSeconds: 0,
    });
    files.push(minted.file.expose());
  }
  return files;
}

/** The yardstick: raw grpc-js, unary, mutual TLS, nothing else. */
async function startRawServer(): Promise<number> {
  const server = new Server({ "grpc.enable_channelz": 0 });
  const same = (bytes: Buffer): Buffer => bytes;
  server.register(
    "/bench.Echo/Echo",
    (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) =>
      done(null, call.request),
    same,
    same,
    "unary",
  );
  const credentials = ServerCredentials.createSsl(
    Buffer.from(authority.runnerTrustPem),
    [
      {
        private_key: Buffer.from(authority.server.privateKeyPem.expose()),
        cert_chain: Buffer.from(authority.server.chainPem),
      },
    ],
    true,
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.bindAsync("127.0.0.1:0", credentials, (error, port) => {
    if (error === null) {
      resolve(port);
    } else {
      reject(error);
    }
  });
  return await promise;
}

const waiting: (() => void)[] = [];

/** One operation through a tunnel, once there is room for it; resolves when it has ended. */
async function operate(tunnel: Tunnel, input: Uint8Array): Promise<void> {
  while (tunnel.operationsRunning >= operationLimits.runningPerTunnelMax) {
    await new Promise<void>((resolve) => {
      waiting.push(resolve);
    });
  }
  try {
    await execute(tunnel, input);
  } finally {
    waiting.shift()?.();
  }
}

async function execute(tunnel: Tunnel, input: Uint8Array): Promise<void> {
  const ended = Promise.withResolvers<void>();
  const operation = tunnel.execute(
    {
      operationId: "op_0123456789ABCDEFGHIJKL",
      kind: "runner.describe",
      input,
      connection: undefined,
      sealedCredentials: undefined,
      deadlineMs: 60_000,
      outputBytesMax: 1024 * 1024 * 1024,
      caller: {
        $typeName: "holdfast.v1.OperationCaller",
        serviceAccountId: "sa_0123456789ABCDEFGHIJKL",
        serviceAccountName: "bench",
      },
    },
    {
      started: () => undefined,
      item: (bytes) => operation.consumed(bytes.length),
      output: () => undefined,
      ended: (outcome) => {
        if (outcome.kind === "succeeded") {
          ended.resolve();
        } else {
          ended.reject(new Error(outcome.failure.message));
        }
      },
    },
  );
  await ended.promise;
}

function tunnelAt(index: number): Tunnel {
  const tunnel = all[index % all.length];
  if (tunnel === undefined) {
    throw new Error("no tunnel is open");
  }
  return tunnel;
}

interface Load {
  readonly durationMs: number;
  readonly concurrency: number;
  readonly payloadBytes: number;
}

serveParent({
  makeRunners,
  startRawServer,
  cpuUs,
  takeStock: () => {
    all = [...tunnels.all()];
    return all.length;
  },
  operate: async (load: Load) => {
    const input = Buffer.alloc(load.payloadBytes, 1);
    return await closedLoop(load, async (count) => await operate(tunnelAt(count), input));
  },
  bulk: async ({ bytes, durationMs }: { readonly bytes: number; readonly durationMs: number }) => {
    const load = { durationMs, concurrency: 1 };
    const startMs = performance.now();
    const { operations } = await closedLoop(load, async () => {
      await operate(tunnelAt(0), Buffer.from(`bulk ${bytes}`));
    });
    return (operations * bytes) / (performance.now() - startMs);
  },
  small: async (durationMs: number) => {
    const input = Buffer.alloc(100, 1);
    return await openLoop(
      { durationMs, perSecond: 200 },
      async () => await operate(tunnelAt(0), input),
    );
  },
  residentBytes: () => {
    for (let round = 0; round < 4; round += 1) {
      globalThis.gc?.();
    }
    return process.memoryUsage().rss;
  },
  revoke: async (index: number) => {
    const atMs = performance.timeOrigin + performance.now();
    await revokeCredentials(deps, "sa_bench", {
      organizationId: organization.id,
      runner: runnerIds[index] ?? "",
      generation: 1,
    });
    return atMs;
  },
});
