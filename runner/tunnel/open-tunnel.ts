import type { ClientDuplexStream } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { type FailureCode, isFailureCode } from "@holdfast/foundation/failure-catalog.ts";
import {
  type Batch,
  type Frame,
  type Goodbye,
  type Refusal,
  RefusalPhase,
  type Welcome,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { FrameWriter } from "@holdfast/protocol/frames/frame-writer.ts";
import { Liveness } from "@holdfast/protocol/frames/liveness.ts";
import { protocolVersion } from "@holdfast/protocol/version.ts";
import { type Dialed, dial } from "./dial.ts";
import { refusalOfLoss } from "./refusal.ts";
import { RunningOperations } from "./running-operations.ts";
import type {
  AuthenticatedTunnel,
  OpenedTunnel,
  OpenTunnelOptions,
  TunnelEnd,
  TunnelRefusal,
} from "./tunnel-client.ts";

/** How long a connection may take, in milliseconds; up to half as much again is added at random. */
const connectMsMax = 20_000;
const goodbyeMsMax = 2_000;

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

type Answer = Frame["kind"] | { readonly case: "lost"; readonly cause: unknown };

/** One stream to the control plane, from dialing to its end. */
class TunnelStream implements AuthenticatedTunnel {
  readonly kind = "authenticated";
  readonly #options: OpenTunnelOptions;
  readonly #dialed: Dialed;
  readonly #stream: ClientDuplexStream<Batch, Batch>;
  readonly #writer: FrameWriter;
  readonly #operations: RunningOperations;
  readonly #liveness: Liveness;
  readonly #closed = Promise.withResolvers<TunnelEnd>();
  readonly #ended = new AbortController();
  readonly #draining = new AbortController();
  #answer: PromiseWithResolvers<Answer> | undefined;
  #goodbye: Goodbye | undefined;
  #welcome: Welcome | undefined;
  #isOurs = false;
  #sent: (() => void) | undefined;

  constructor(options: OpenTunnelOptions) {
    this.#options = options;
    this.#dialed = dial(options.credentials, options.serverName);
    this.#stream = this.#dialed.openStream();
    this.#writer = new FrameWriter((batch, done) => {
      this.#stream.write(batch, () => {
        done();
        this.#sent?.();
      });
    });
    this.#operations = new RunningOperations(this.#writer, options.onOperation);
    this.#liveness = new Liveness(
      options.clock,
      (frame) => this.#writer.push(frame),
      () => this.#finish("tunnel.liveness_lost", "Nothing was heard of the control plane."),
    );
    this.#listen();
  }

  get tunnelId(): string {
    return this.#welcome?.tunnelId ?? "";
  }

  async authenticateTunnel(): Promise<AuthenticatedTunnel | TunnelRefusal> {
    const { credentials, operationKinds, sealingPublicKey, runnerVersion, random } = this.#options;
    this.#writer.push({
      kind: {
        case: "hello",
        value: {
          version: protocolVersion,
          organizationId: credentials.organization.id,
          runnerId: credentials.runner.id,
          runnerVersion,
          operationKinds: [...operationKinds],
          sealingPublicKey,
        },
      },
    });
    const answer = await this.#wait(connectMsMax * (1 + random.fraction() / 2));
    if (answer.case === "welcome") {
      this.#welcome = answer.value;
      return this;
    }
    return this.#refused(answer, "tunnel");
  }

  async authenticateControlPlane(): Promise<OpenedTunnel | TunnelRefusal> {
    const apiKey = this.#options.credentials.apiKey.expose();
    this.#writer.push({ kind: { case: "authenticate", value: { apiKey } } });
    const answer = await this.#wait(connectMsMax);
    if (answer.case !== "accepted") {
      return this.#refused(answer, "control-plane");
    }
    void this.#liveness.run(this.#ended.signal);
    return this.#opened(answer.value.serviceAccountId);
  }

  close(): void {
    this.#isOurs = true;
    this.#finish("shutdown", "The attempt was given up.");
  }

  #opened(serviceAccountId: string): OpenedTunnel {
    const operations = this.#operations;
    return {
      kind: "opened",
      tunnelId: this.tunnelId,
      serviceAccountId,
      operationsMax: this.#welcome?.operationsMax ?? 1,
      api: new ApiClient(this.#dialed.client, this.#options.credentials.apiKey),
      get operationsRunning() {
        return operations.size;
      },
      lastRoundTrip: () => this.#liveness.roundTrip,
      draining: this.#draining.signal,
      drain: () => {
        if ((this.#welcome?.version?.minor ?? 0) >= 1) {
          this.#writer.push({ kind: { case: "drain", value: { reconnect: false } } });
        }
      },
      goodbye: async (code, message) => await this.#sayGoodbye(code, message),
      closed: this.#closed.promise,
    };
  }

  async #sayGoodbye(code: string, message: string): Promise<void> {
    if (this.#ended.signal.aborted) {
      return;
    }
    this.#isOurs = true;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#sent = () => {
      if (this.#writer.isIdle) {
        resolve();
      }
    };
    this.#writer.push({ kind: { case: "goodbye", value: { code, message, permanent: false } } });
    const waited = new AbortController();
    const slow = this.#options.clock.wait(goodbyeMsMax, waited.signal).catch(() => undefined);
    await Promise.race([promise, slow, this.#closed.promise]);
    waited.abort();
    this.#finish(code, message);
  }

  #listen(): void {
    this.#stream.on("data", (batch: Batch) => {
      for (const frame of batch.frames) {
        this.#receive(frame.kind);
      }
    });
    this.#stream.on("error", (cause) => this.#lost(cause));
    this.#stream.on("end", () => this.#lost(undefined));
    this.#options.signal.addEventListener("abort", () => this.close(), { once: true });
  }

  #receive(kind: Frame["kind"]): void {
    this.#liveness.heard();
    switch (kind.case) {
      case "welcome":
      case "accepted":
      case "refusal":
        this.#answer?.resolve(kind);
        return;
      case "open":
        this.#operations.open(kind.value);
        return;
      case "credit":
        this.#operations.credit(kind.value);
        return;
      case "cancel":
        this.#operations.cancel(kind.value);
        return;
      case "ping":
        this.#writer.push({ kind: { case: "pong", value: { id: kind.value.id } } });
        return;
      case "pong":
        this.#liveness.ponged(kind.value.id);
        return;
      case "drain":
        this.#draining.abort();
        return;
      case "goodbye":
        this.#goodbye = kind.value;
        this.#answer?.resolve(kind);
        this.#finish(kind.value.code, kind.value.message);
        return;
      default:
        // A frame of a newer minor version: it may be passed over.
        return;
    }
  }

  #lost(cause: unknown): void {
    this.#answer?.resolve({ case: "lost", cause });
    this.#finish("tunnel.unreachable", "The tunnel ended without a goodbye.");
  }

  async #wait(msMax: number): Promise<Answer> {
    const answer = Promise.withResolvers<Answer>();
    this.#answer = answer;
    if (this.#ended.signal.aborted) {
      return { case: "lost", cause: undefined };
    }
    const waited = new AbortController();
    const watchdog = this.#options.clock
      .wait(msMax, waited.signal)
      .then(() =>
        answer.resolve({
          case: "lost",
          cause: new Failure("tunnel.timeout", "No answer in time."),
        }),
      )
      .catch(() => undefined);
    try {
      return await answer.promise;
    } finally {
      waited.abort();
      await watchdog;
    }
  }

  #refused(answer: Answer, phase: "tunnel" | "control-plane"): TunnelRefusal {
    this.#isOurs = true;
    this.#finish("shutdown", "The control plane refused the tunnel.");
    if (answer.case === "refusal") {
      return refusalOf(answer.value);
    }
    if (answer.case === "goodbye") {
      const { code, message, permanent } = answer.value;
      return { kind: "refused", phase, code: knownCode(code), message, isPermanent: permanent };
    }
    return {
      ...refusalOfLoss(
        answer.case === "lost" ? answer.cause : undefined,
        this.#options.credentials,
      ),
      phase,
    };
  }

  #finish(code: string, message: string): void {
    if (this.#ended.signal.aborted) {
      return;
    }
    this.#ended.abort();
    this.#operations.lose();
    this.#writer.close();
    this.#stream.cancel();
    this.#dialed.client.close();
    const goodbye = this.#goodbye;
    this.#closed.resolve({
      kind: goodbye === undefined && !this.#isOurs ? "lost" : "goodbye",
      code,
      message,
      isPermanent: goodbye?.permanent ?? false,
      isOurs: this.#isOurs,
    });
  }
}

function refusalOf(refusal: Refusal): TunnelRefusal {
  return {
    kind: "refused",
    phase: refusal.phase === RefusalPhase.CONTROL_PLANE ? "control-plane" : "tunnel",
    code: knownCode(refusal.code),
    message: refusal.message,
    isPermanent: refusal.permanent,
  };
}

/** A code that this version knows; another one comes from a newer control plane. */
function knownCode(code: string): FailureCode {
  return isFailureCode(code) ? code : "protocol.violated";
}
