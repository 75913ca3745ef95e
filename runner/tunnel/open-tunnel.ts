import { create } from "@bufbuild/protobuf";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import { type FailureCode, isFailureCode } from "@holdfast/foundation/failure-catalog.ts";
import {
  type Batch,
  type Frame,
  type Refusal,
  RefusalPhase,
  RefusalSchema,
  type Welcome,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { makeFrame } from "@holdfast/protocol/tunnel/frame.ts";
import { livenessIntervalMs } from "@holdfast/protocol/tunnel/liveness.ts";
import { negotiateVersion, understandsDrain } from "@holdfast/protocol/tunnel/negotiate-version.ts";
import { type LinkEnd, TunnelLink } from "@holdfast/protocol/tunnel/tunnel-link.ts";
import { protocolVersion } from "@holdfast/protocol/version.ts";
import { type Dialed, dial } from "./dial.ts";
import { refusalOfLoss, refusalOfSilence } from "./refusal.ts";
import { RunningOperations } from "./running-operations.ts";
import { streamTransport } from "./stream-transport.ts";
import type {
  AuthenticatedTunnel,
  OpenedTunnel,
  OpenTunnelOptions,
  RoundTrip,
  StartPhase,
  TunnelEnd,
  TunnelRefusal,
} from "./tunnel-client.ts";

/** How long a connection may take, in milliseconds; up to half as much again is added at random. */
const connectMsMax = 20_000;

/** Both phases, one after the other. Never throws for a refusal. */
export async function openTunnel(
  options: OpenTunnelOptions,
): Promise<OpenedTunnel | TunnelRefusal> {
  const tunnel = await authenticateTunnel(options);
  return tunnel.kind === "refused" ? tunnel : await authenticateControlPlane(tunnel);
}

/** Phase one: mutual TLS. The control plane judges the certificate, and the runner the control plane's. */
export async function authenticateTunnel(
  options: OpenTunnelOptions,
): Promise<AuthenticatedTunnel | TunnelRefusal> {
  const stream = new TunnelStream(options);
  return await stream.authenticateTunnel();
}

/** Phase two: the API key proves the service account. */
export async function authenticateControlPlane(
  tunnel: AuthenticatedTunnel,
): Promise<OpenedTunnel | TunnelRefusal> {
  if (!(tunnel instanceof TunnelStream)) {
    throw new Error("Invariant broken: phase two goes on with the tunnel of phase one");
  }
  return await tunnel.authenticateControlPlane();
}

type Answer =
  | Exclude<Frame["kind"], { readonly case: "goodbye" }>
  | { readonly case: "ended"; readonly end: LinkEnd }
  | { readonly case: "late" };

/** One stream to the control plane, from dialing to its end. */
class TunnelStream implements AuthenticatedTunnel {
  readonly kind = "authenticated";
  readonly #options: OpenTunnelOptions;
  readonly #dialed: Dialed;
  readonly #stream: ClientDuplexStream<Batch, Batch>;
  readonly #link: TunnelLink;
  readonly #operations: RunningOperations;
  readonly #closed = Promise.withResolvers<TunnelEnd>();
  readonly #draining = new AbortController();
  readonly #abandon = (): void => this.close();
  #answer: PromiseWithResolvers<Answer> | undefined;
  /** What grpc-js says of a stream that broke. */
  #brokenBy: unknown;
  #welcome: Welcome | undefined;
  #isOpen = false;

  constructor(options: OpenTunnelOptions) {
    this.#options = options;
    this.#dialed = dial(options.credentials, options.serverName);
    this.#stream = this.#dialed.openStream();
    this.#operations = new RunningOperations({
      send: (frame) => this.#link.send(frame),
      wake: () => this.#link.wake(),
      violated: (message) => this.#link.fail("protocol.violated", message),
      onOperation: options.onOperation,
    });
    this.#link = new TunnelLink({
      transport: streamTransport(this.#dialed.client, this.#stream),
      source: this.#operations,
      clock: options.clock,
      random: options.random,
      defer: setImmediate,
      onFrame: (frame) => this.#receive(frame),
      onEnd: (end) => this.#ended(end),
    });
    this.#listen();
  }

  get tunnelId(): string {
    return this.#welcome?.tunnelId ?? "";
  }

  async authenticateTunnel(): Promise<AuthenticatedTunnel | TunnelRefusal> {
    const { credentials, operationKinds, sealingPublicKey, runnerVersion, random } = this.#options;
    const hello = makeFrame({
      case: "hello",
      value: {
        version: protocolVersion,
        organizationId: credentials.organization.id,
        runnerId: credentials.runner.id,
        runnerVersion,
        operationKinds: [...operationKinds],
        sealingPublicKey,
      },
    });
    const answer = await this.#ask(hello, connectMsMax * (1 + random.fraction() / 2));
    if (answer.case !== "welcome") {
      return this.#refused(answer, "tunnel");
    }
    if (negotiateVersion(answer.value.version) === undefined) {
      return this.#refused({ case: "refusal", value: versionRefusal }, "tunnel");
    }
    this.#welcome = answer.value;
    return this;
  }

  async authenticateControlPlane(): Promise<OpenedTunnel | TunnelRefusal> {
    const apiKey = this.#options.credentials.apiKey.expose();
    const authenticate = makeFrame({ case: "authenticate", value: { apiKey } });
    const answer = await this.#ask(authenticate, connectMsMax);
    return answer.case === "accepted"
      ? this.#opened(answer.value.serviceAccountId)
      : this.#refused(answer, "control-plane");
  }

  /** Gives the attempt up, or leaves the open tunnel at once. */
  close(): void {
    const message = "The runner has given the tunnel up.";
    this.#link.cut({ code: "shutdown", message, isPermanent: false });
  }

  #opened(serviceAccountId: string): OpenedTunnel {
    const link = this.#link;
    const operations = this.#operations;
    return {
      kind: "opened",
      tunnelId: this.tunnelId,
      serviceAccountId,
      operationsMax: this.#welcome?.operationsMax ?? 0,
      api: new ApiClient(this.#dialed.client, this.#options.credentials.apiKey),
      get operationsRunning() {
        return operations.size;
      },
      lastRoundTrip: () => this.#lastRoundTrip(),
      draining: this.#draining.signal,
      drain: () => this.#drain(),
      goodbye: async (code, message) => {
        await link.goodbye({ code, message, isPermanent: false });
      },
      closed: this.#closed.promise,
    };
  }

  #lastRoundTrip(): RoundTrip | undefined {
    const last = this.#link.roundTrip;
    return last === undefined
      ? undefined
      : {
          ageMs: this.#options.clock.monotonicMs() - last.arrivedAtMonotonicMs,
          durationMs: last.durationMs,
        };
  }

  /** A control plane of 1.0 does not know the frame: what it still sends is refused, one by one. */
  #drain(): void {
    this.#operations.drain();
    const version = negotiateVersion(this.#welcome?.version);
    if (version !== undefined && understandsDrain(version)) {
      this.#link.send(makeFrame({ case: "drain", value: { reconnect: false } }));
    }
  }

  #listen(): void {
    this.#stream.on("data", (batch: Batch) => this.#link.receive(batch));
    this.#stream.on("error", (cause) => {
      this.#brokenBy = cause;
      this.#link.streamEnded();
    });
    // The status, which comes after, says why; without one it is an end like any other.
    this.#stream.on("end", () => setImmediate(() => this.#link.streamEnded()));
    const { signal } = this.#options;
    if (signal.aborted) {
      this.close();
    } else {
      signal.addEventListener("abort", this.#abandon, { once: true });
    }
  }

  #receive(frame: Frame): void {
    const { kind } = frame;
    switch (kind.case) {
      case "welcome":
      case "refusal":
        this.#answer?.resolve(kind);
        return;
      case "accepted":
        this.#begin();
        this.#answer?.resolve(kind);
        return;
      case "open":
        if (this.#isOpen) {
          this.#operations.open(kind.value);
        } else {
          this.#link.fail("protocol.violated", "An operation came before both phases had passed.");
        }
        return;
      case "credit":
        this.#operations.credit(kind.value);
        return;
      case "cancel":
        this.#operations.cancel(kind.value);
        return;
      case "drain":
        this.#draining.abort();
        return;
      default:
        // A frame of a newer minor version: it may be passed over.
        return;
    }
  }

  /** At once with the frame that says so: operations may follow in the same batch. */
  #begin(): void {
    if (this.#isOpen || this.#welcome === undefined) {
      return;
    }
    this.#isOpen = true;
    this.#operations.start(this.#welcome.operationsMax);
    this.#link.startLiveness(livenessIntervalMs(this.#welcome.livenessIntervalMs));
  }

  async #ask(question: Frame, msMax: number): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#answer = answer;
    const { end } = this.#link;
    if (end !== undefined) {
      return { case: "ended", end };
    }
    this.#link.send(question);
    const waited = new AbortController();
    const watchdog = this.#options.clock
      .wait(msMax, waited.signal)
      .then(() => answer.resolve({ case: "late" }))
      .catch(() => undefined);
    try {
      return await answer.promise;
    } finally {
      waited.abort();
      await watchdog;
    }
  }

  #refused(answer: Answer, phase: StartPhase): TunnelRefusal {
    const { credentials } = this.#options;
    // grpc-js never gives up a connection attempt by itself (research/tunnel-full.md, finding 8).
    this.#link.streamEnded();
    switch (answer.case) {
      case "refusal":
        return refusalOf(answer.value, phase);
      case "late":
        return refusalOfSilence(credentials, phase);
      case "ended":
        return refusalOfEnd(answer.end, phase) ?? refusalOfLoss(this.#brokenBy, credentials, phase);
      default:
        return {
          kind: "refused",
          phase,
          code: "protocol.violated",
          message: "The control plane did not answer as the protocol says.",
          isPermanent: true,
        };
    }
  }

  #ended(end: LinkEnd): void {
    this.#options.signal.removeEventListener("abort", this.#abandon);
    this.#answer?.resolve({ case: "ended", end });
    this.#operations.lose();
    this.#closed.resolve(end);
  }
}

const versionRefusal = create(RefusalSchema, {
  phase: RefusalPhase.TUNNEL,
  code: "protocol.version_unsupported",
  message: `The runner speaks version ${protocolVersion.major}.${protocolVersion.minor} of the protocol.`,
  permanent: true,
});

function refusalOf(refusal: Refusal, phase: StartPhase): TunnelRefusal {
  return {
    kind: "refused",
    phase,
    code: knownCode(refusal.code),
    message: refusal.message,
    isPermanent: refusal.permanent,
  };
}

/** Undefined for a stream that just ended: the transport has to say why. */
function refusalOfEnd(end: LinkEnd, phase: StartPhase): TunnelRefusal | undefined {
  if (end.kind === "lost" && !end.isOurs) {
    return undefined;
  }
  const { code, message, isPermanent } = end;
  return {
    kind: "refused",
    phase,
    // A goodbye for a reason that is no failure, such as a restart, concerns this attempt only.
    code: isFailureCode(code) ? code : "control_plane.shutting_down",
    message,
    isPermanent,
  };
}

/** A code that this version knows; another one comes from a newer control plane. */
function knownCode(code: string): FailureCode {
  return isFailureCode(code) ? code : "protocol.violated";
}
