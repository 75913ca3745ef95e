import type { ServerDuplexStream } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import {
  type Batch,
  type Frame,
  type Hello,
  RefusalPhase,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { makeFrame } from "@holdfast/protocol/tunnel/frame.ts";
import { tunnelTimes } from "@holdfast/protocol/tunnel/limits.ts";
import { negotiateVersion, type Version } from "@holdfast/protocol/tunnel/negotiate-version.ts";
import { type LinkEnd, TunnelLink } from "@holdfast/protocol/tunnel/tunnel-link.ts";
import { protocolVersion } from "@holdfast/protocol/version.ts";
import { operationLimits } from "../operations/operation-limits.ts";
import { type Admission, admitRunner } from "../runners/admit-runner.ts";
import { credentialsConnected } from "../runners/end-overlaps.ts";
import { callTransport } from "./call-transport.ts";
import { raiseWindows, sessionOf } from "./http2-session.ts";
import { OpenTunnel } from "./open-tunnel.ts";
import {
  certificateOfCall,
  isPermanent,
  proveServiceAccount,
  type TunnelServerDependencies,
} from "./runner-proof.ts";

type Admitted = Extract<Admission, { readonly ok: true }>;

/** Where the start of a tunnel stands. */
type State =
  | { readonly phase: "hello" }
  /** A frame is being judged; the runner has to wait for the answer before it sends the next. */
  | { readonly phase: "judging" }
  | {
      readonly phase: "authenticate";
      readonly admitted: Admitted;
      readonly hello: Hello;
      readonly version: Version;
    }
  | { readonly phase: "open"; readonly tunnel: OpenTunnel }
  | { readonly phase: "ended" };

/** Sends nothing but control frames: the control plane has no data of its own. */
const noData = { next: () => undefined };

/** One stream from its first frame on: both phases, in this order, then the open tunnel. */
export class TunnelStart {
  readonly #deps: TunnelServerDependencies;
  readonly #call: ServerDuplexStream<Batch, Batch>;
  readonly #tunnelId: string;
  readonly #link: TunnelLink;
  readonly #log: Log;
  readonly #settled = Promise.withResolvers<void>();
  #phaseTimer = new AbortController();
  #state: State = { phase: "hello" };

  constructor(
    deps: TunnelServerDependencies,
    call: ServerDuplexStream<Batch, Batch>,
    tunnelId: string,
  ) {
    this.#deps = deps;
    this.#call = call;
    this.#tunnelId = tunnelId;
    this.#log = deps.log.with({ tunnelId });
    this.#link = new TunnelLink({
      transport: callTransport(call),
      source: noData,
      clock: deps.clock,
      random: deps.random,
      defer: setImmediate,
      onFrame: (frame) => this.#receive(frame),
      onEnd: (end) => this.#ended(end),
    });
  }

  /** Resolves when the tunnel is open or has ended. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  run(): void {
    this.#call.on("data", (batch: Batch) => this.#link.receive(batch));
    // A stream that just ends is a failure, however it ends; a goodbye came before if it was meant.
    for (const event of ["end", "cancelled", "error"]) {
      this.#call.on(event, () => this.#link.streamEnded());
    }
    void this.#limitPhase(RefusalPhase.TUNNEL);
  }

  /** Refuses before anything was read, because of what the control plane can bear. */
  refuse(failure: Failure): void {
    this.#refuse(failure, RefusalPhase.TUNNEL);
  }

  async #limitPhase(phase: RefusalPhase): Promise<void> {
    this.#phaseTimer.abort();
    const timer = new AbortController();
    this.#phaseTimer = timer;
    try {
      await this.#deps.clock.wait(tunnelTimes.phaseMsMax, timer.signal);
    } catch {
      // The phase has ended in time.
      return;
    }
    this.#refuse(new Failure("tunnel.timeout", "The runner did not prove itself in time."), phase);
  }

  #receive(frame: Frame): void {
    const { kind } = frame;
    const state = this.#state;
    if (state.phase === "open") {
      state.tunnel.receive(frame);
    } else if (state.phase === "hello" && kind.case === "hello") {
      this.#state = { phase: "judging" };
      void this.#judge(async () => await this.#admit(kind.value), RefusalPhase.TUNNEL);
    } else if (state.phase === "authenticate" && kind.case === "authenticate") {
      this.#state = { phase: "judging" };
      const token = new Secret(kind.value.apiKey);
      void this.#judge(
        async () => await this.#authenticate(token, state),
        RefusalPhase.CONTROL_PLANE,
      );
    } else if (state.phase !== "ended") {
      this.#refuse(
        new Failure(
          "protocol.violated",
          `The runner sent ${kind.case ?? "an unknown frame"} before both phases had passed.`,
        ),
        state.phase === "hello" ? RefusalPhase.TUNNEL : RefusalPhase.CONTROL_PLANE,
      );
    }
  }

  async #judge(work: () => Promise<void>, phase: RefusalPhase): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof Failure) {
        this.#refuse(error, phase);
        return;
      }
      this.#log.error("tunnel not judged", {}, error);
      this.#refuse(
        new Failure("control_plane.internal", "The control plane could not judge the runner."),
        phase,
      );
    }
  }

  /** Phase one: the certificate. */
  async #admit(hello: Hello): Promise<void> {
    const certificate = certificateOfCall(this.#deps, this.#call.getPeer());
    const admission = await admitRunner(this.#deps, { certificate, claimed: hello });
    if (!admission.ok) {
      throw new Failure(admission.code, admission.message);
    }
    const version = negotiateVersion(hello.version);
    if (version === undefined) {
      throw new Failure(
        "protocol.version_unsupported",
        `The control plane speaks version ${protocolVersion.major}.${protocolVersion.minor} of the protocol.`,
      );
    }
    if (this.#isOver()) {
      return;
    }
    this.#state = { phase: "authenticate", admitted: admission, hello, version };
    void this.#limitPhase(RefusalPhase.CONTROL_PLANE);
    this.#link.send(
      makeFrame({
        case: "welcome",
        value: {
          version,
          tunnelId: this.#tunnelId,
          livenessIntervalMs: tunnelTimes.livenessIntervalMs,
          operationsMax: operationLimits.runningPerTunnelMax,
        },
      }),
    );
  }

  /** Phase two: the API key. */
  async #authenticate(
    token: Secret<string>,
    state: Extract<State, { readonly phase: "authenticate" }>,
  ): Promise<void> {
    const presented = { token, peer: this.#call.getPeer() };
    const proved = await proveServiceAccount(this.#deps, presented, state.admitted);
    const { runner, credentials } = state.admitted;
    await this.#refuseRevoked(credentials.certificateSerial);
    if (this.#isOver()) {
      return;
    }
    this.#open(state, proved);
    const { clock, runners, storage } = this.#deps;
    await this.#cutIfRevoked(credentials.certificateSerial);
    await storage.read.runners.touch(runner.organizationId, runner.id, clock.nowMs());
    await credentialsConnected(runners, {
      organizationId: runner.organizationId,
      runnerId: runner.id,
      generation: credentials.generation,
    });
  }

  #open(
    state: Extract<State, { readonly phase: "authenticate" }>,
    proved: { readonly serviceAccountId: string; readonly apiKeyId: string },
  ): void {
    const { hello, version, admitted } = state;
    const { runner, credentials } = admitted;
    const tunnel = new OpenTunnel({
      identity: {
        tunnelId: this.#tunnelId,
        organizationId: runner.organizationId,
        runnerId: runner.id,
        serviceAccountId: proved.serviceAccountId,
        generation: credentials.generation,
        certificateSerial: credentials.certificateSerial,
        apiKeyId: proved.apiKeyId,
        runnerVersion: hello.runnerVersion.slice(0, 64),
        operationKinds: new Set(hello.operationKinds),
        sealingPublicKey: hello.sealingPublicKey,
        connectedAtMs: this.#deps.clock.nowMs(),
      },
      version,
      link: this.#link,
      operationsMax: operationLimits.runningPerTunnelMax,
    });
    this.#state = { phase: "open", tunnel };
    this.#phaseTimer.abort();
    const session = sessionOf(this.#call);
    if (session !== undefined) {
      // Not before both phases: whoever has not proved itself gets the small window.
      raiseWindows(session);
    }
    const { serviceAccountId } = proved;
    this.#link.send(makeFrame({ case: "accepted", value: { serviceAccountId } }));
    this.#link.startLiveness(tunnelTimes.livenessIntervalMs);
    this.#deps.tunnels.add(tunnel);
    this.#settled.resolve();
    this.#log.info("runner connected", { runnerId: runner.id, generation: credentials.generation });
  }

  /** The credentials may have been revoked while the two phases ran, when there was no tunnel to cut. */
  async #refuseRevoked(serial: string): Promise<void> {
    if (await this.#isRevoked(serial)) {
      throw new Failure("certificate.revoked", "The certificate has been revoked.");
    }
  }

  /** The same for the moment between that question's answer and the tunnel's entry in the registry. */
  async #cutIfRevoked(serial: string): Promise<void> {
    if (await this.#isRevoked(serial)) {
      const message = "The certificate has been revoked.";
      this.#link.cut({ code: "certificate.revoked", message, isPermanent: true });
    }
  }

  async #isRevoked(serial: string): Promise<boolean> {
    const credentials = await this.#deps.storage.read.credentials.findBySerial(serial);
    return credentials === undefined || credentials.revokedAtMs !== undefined;
  }

  #isOver(): boolean {
    return this.#link.end !== undefined || this.#state.phase === "ended";
  }

  /** Says why and ends the stream, after what is queued. */
  #refuse(failure: Failure, phase: RefusalPhase): void {
    if (this.#isOver() || this.#state.phase === "open") {
      return;
    }
    this.#state = { phase: "ended" };
    this.#phaseTimer.abort();
    const { code, message } = failure;
    this.#log.info("runner refused", { code, phase });
    const permanent = isPermanent(code);
    this.#link.send(makeFrame({ case: "refusal", value: { phase, code, message, permanent } }));
    void this.#link.goodbye({ code, message, isPermanent: permanent });
  }

  #ended(end: LinkEnd): void {
    if (this.#state.phase === "open") {
      const { tunnel } = this.#state;
      this.#log.info("tunnel ended", { code: end.code, ours: end.isOurs });
      this.#deps.tunnels.remove(tunnel);
      tunnel.lose(end);
    }
    this.#state = { phase: "ended" };
    this.#phaseTimer.abort();
    this.#settled.resolve();
  }
}
