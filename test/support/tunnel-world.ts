import { randomBytes, X509Certificate } from "node:crypto";
import { makeAccess } from "@holdfast/control-plane/access/cedar-access.ts";
import { makeCallLimits } from "@holdfast/control-plane/api/call-limits.ts";
import type { Handler } from "@holdfast/control-plane/api/handler.ts";
import type { CertificateAuthority } from "@holdfast/control-plane/authority/authority.ts";
import {
  defaultListenLimits,
  type GuardedListener,
  guardedListener,
  type ListenLimits,
} from "@holdfast/control-plane/listen/connection-guard.ts";
import { generateCredentials } from "@holdfast/control-plane/runners/generate-credentials.ts";
import type { Runner } from "@holdfast/control-plane/runners/runner.ts";
import type { RunnerDependencies } from "@holdfast/control-plane/runners/runner-dependencies.ts";
import { TunnelRegistry } from "@holdfast/control-plane/tunnel/tunnel-registry.ts";
import {
  makeTunnelServer,
  type TunnelServer,
} from "@holdfast/control-plane/tunnel/tunnel-server.ts";
import type {
  TunnelOperationOutcome,
  TunnelOperationRequest,
} from "@holdfast/control-plane/tunnel/tunnels.ts";
import { silentLog } from "@holdfast/foundation/log.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import {
  parseCredentialsFile,
  type RunnerCredentialsFile,
} from "@holdfast/protocol/identity/credentials-file.ts";
import { openTunnel } from "@holdfast/runner/tunnel/open-tunnel.ts";
import type {
  OnOperation,
  OpenedTunnel,
  OpenTunnelOptions,
  TunnelRefusal,
} from "@holdfast/runner/tunnel/tunnel-client.ts";
import { openRunnerWorld, type RunnerWorld } from "./runner-world.ts";
import { makeTestAuthority, type TestAuthority } from "./test-authority.ts";
import { TestClock } from "./test-clock.ts";

/** Both ends of the tunnel with real TLS and a real store; the clock is the test's. */
export interface TunnelWorld {
  readonly world: RunnerWorld;
  readonly authority: TestAuthority;
  readonly clock: TestClock;
  readonly tunnels: TunnelRegistry;
  readonly server: TunnelServer;
  readonly listener: GuardedListener;
  /** What the use cases of runners need, with the real tunnels. */
  readonly deps: RunnerDependencies;
  /** Credentials of a new generation. */
  credentialsOf(runner: Runner): Promise<RunnerCredentialsFile>;
  /** Opens a tunnel as a runner does; without `onOperation` it echoes the input. */
  open(
    credentials: RunnerCredentialsFile,
    options?: Partial<OpenTunnelOptions>,
  ): Promise<OpenedTunnel | TunnelRefusal>;
  close(): Promise<void>;
}

/** A runner that gives back what it was sent. */
export const echo: OnOperation = (operation, sink) => {
  sink.started();
  void sink.output(operation.input).then(() => sink.succeeded());
};

/** Opens a {@link TunnelWorld}. */
export async function openTunnelWorld(
  change: { readonly limits?: Partial<ListenLimits>; readonly handlers?: readonly Handler[] } = {},
): Promise<TunnelWorld> {
  const clock = new TestClock(Date.now());
  const random = new SystemRandom();
  const world = await openRunnerWorld(clock);
  const authority = await makeTestAuthority(clock);
  const tunnels = new TunnelRegistry();
  const endpoints = { tunnel: "", api: "localhost:1" };
  const deps: RunnerDependencies = {
    ...world.deps,
    authority: issuerOf(authority, clock),
    tunnels,
    endpoints,
  };
  const server = makeTunnelServer({
    storage: deps.storage,
    access: makeAccess(),
    limits: makeCallLimits(),
    clock,
    random,
    log: silentLog,
    tunnels,
    runners: deps,
    trust: { trustPem: authority.runnerTrustPem, trustDomain: authority.trustDomain },
    proveKey: async (token) => await world.authenticateApiKey(token),
    handlers: change.handlers ?? [],
    certificateOf: (peer) => listener.peerCertificate(peer),
  });
  const certificate = await authority.issueServer(["localhost"]);
  const listener = await guardedListener({
    host: "127.0.0.1",
    port: 0,
    server: server.server,
    tls: {
      keyPem: certificate.privateKeyPem,
      certificatePem: certificate.certificatePem,
      clientTrustPem: authority.runnerTrustPem,
    },
    limits: { ...defaultListenLimits, ...change.limits },
    // Of its own: a test that moves its clock by hours must not drop every handshake.
    clock: new SystemClock(),
    log: silentLog,
  });
  endpoints.tunnel = `localhost:${listener.port}`;
  const all: OpenedTunnel[] = [];
  return {
    world,
    authority,
    clock,
    tunnels,
    server,
    listener,
    deps,
    credentialsOf: async (runner) => {
      const minted = await generateCredentials(deps, "sa_admin", {
        organization: runner.organizationId === world.other.id ? world.other : world.organization,
        runner: runner.id,
        certificateRequestPem: "",
        lifetimeSeconds: 0,
      });
      return parseCredentialsFile(minted.file.expose());
    },
    open: async (credentials, options = {}) => {
      const result = await openTunnel({
        credentials,
        operationKinds: ["runner.describe"],
        sealingPublicKey: randomBytes(65),
        runnerVersion: "0.1.0",
        clock,
        random,
        log: silentLog,
        signal: new AbortController().signal,
        onOperation: echo,
        ...options,
      });
      if (result.kind === "opened") {
        all.push(result);
      }
      return result;
    },
    close: async () => {
      await Promise.all(
        all.map(async (tunnel) => {
          await tunnel.goodbye("shutdown", "The test has ended.");
        }),
      );
      await listener.close(1_000);
      await world.close();
    },
  };
}

/** What the use cases issue certificates with. */
function issuerOf(authority: TestAuthority, clock: TestClock): CertificateAuthority {
  return {
    trustDomain: authority.trustDomain,
    serverTrustPem: authority.serverTrustPem,
    issueFromRequest: async () => {
      throw new Error("no test asks for it");
    },
    issueWithKey: async (subject) => {
      const issued = await authority.issueRunner(subject);
      const { serialNumber, fingerprint256 } = new X509Certificate(issued.certificatePem);
      return {
        ...issued,
        serial: serialNumber.toLowerCase().replace(/^0+(?=.)/, ""),
        fingerprint: fingerprint256.replaceAll(":", "").toLowerCase(),
        expireAtMs: clock.nowMs() + 3_600_000,
      };
    },
  };
}

/** What came back of an operation. */
export interface Executed {
  readonly items: Uint8Array[];
  readonly outputs: Uint8Array[];
  readonly ended: Promise<TunnelOperationOutcome>;
  consumed(bytes: number): void;
  cancel(reason: "caller" | "deadline" | "output-limit"): void;
}

/** Runs an operation through the first tunnel of a runner. */
export function execute(
  tunnels: TunnelRegistry,
  runnerId: string,
  change: Partial<TunnelOperationRequest> & { readonly takes?: boolean } = {},
): Executed {
  const [tunnel] = tunnels.ofRunner(runnerId);
  if (tunnel === undefined) {
    throw new Error("the runner has no tunnel");
  }
  const { takes = true, ...request } = change;
  const ended = Promise.withResolvers<TunnelOperationOutcome>();
  const items: Uint8Array[] = [];
  const outputs: Uint8Array[] = [];
  const operation = tunnel.execute(
    {
      operationId: "op_0123456789ABCDEFGHIJKL",
      kind: "runner.describe",
      input: new Uint8Array(0),
      connection: undefined,
      sealedCredentials: undefined,
      deadlineMs: 60_000,
      outputBytesMax: 64 * 1024 * 1024,
      caller: {
        $typeName: "holdfast.v1.OperationCaller",
        serviceAccountId: "sa_1",
        serviceAccountName: "admin",
      },
      ...request,
    },
    {
      started: () => undefined,
      item: (bytes) => {
        items.push(bytes);
        if (takes) {
          operation.consumed(bytes.length);
        }
      },
      output: (bytes) => outputs.push(bytes),
      ended: ended.resolve,
    },
  );
  return {
    items,
    outputs,
    ended: ended.promise,
    consumed: (bytes) => operation.consumed(bytes),
    cancel: (reason) => operation.cancel(reason),
  };
}

/** An opened tunnel, or an error that says why it was refused. */
export function opened(result: OpenedTunnel | TunnelRefusal): OpenedTunnel {
  if (result.kind === "refused") {
    throw new Error(`${result.phase}: ${result.code}: ${result.message}`, { cause: result.cause });
  }
  return result;
}
