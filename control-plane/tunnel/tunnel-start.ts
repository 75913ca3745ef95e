import type { ServerDuplexStream } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import { FrameWriter } from "@holdfast/protocol/frames/frame-writer.ts";
import { livenessIntervalMs, phaseMsMax } from "@holdfast/protocol/frames/limits.ts";
import { negotiateVersion, type Version } from "@holdfast/protocol/frames/negotiate-version.ts";
import {
  type Batch,
  type Frame,
  type Hello,
  RefusalPhase,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { protocolVersion } from "@holdfast/protocol/version.ts";
import { addressOf, throttleKeyOf } from "../api/authentication.ts";
import { operationLimits } from "../operations/operation-limits.ts";
import { type Admission, admitRunner } from "../runners/admit-runner.ts";
import { authenticateRunner } from "../runners/authenticate-runner.ts";
import { credentialsConnected } from "../runners/end-overlaps.ts";
import { OpenTunnel } from "./open-tunnel.ts";
import {
  certificateOfCall,
  isPermanent,
  runnerAuthentication,
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

/** One stream from its first frame on: both phases, in this order, then the open tunnel. */
export class TunnelStart {
  readonly #deps: TunnelServerDependencies;
  readonly #call: ServerDuplexStream<Batch, Batch>;
  readonly #tunnelId: string;
  readonly #writer: FrameWriter;
  readonly #log: Log;
  readonly #timer = new AbortController();
  readonly #settled = Promise.withResolvers<void>();
  #state: State = { phase: "hello" };
  #isEnding = false;

  constructor(
    deps: TunnelServerDependencies,
    call: ServerDuplexStream<Batch, Batch>,
    tunnelId: string,
  ) {
    this.#deps = deps;
    this.#call = call;
    this.#tunnelId = tunnelId;
    this.#log = deps.log.with({ tunnelId });
    this.#writer = new FrameWriter((batch, done) => {
      call.write(batch, () => {
        done();
        this.#endIfAsked();
      });
    });
  }

  /** Resolves when the tunnel is open or has ended. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  run(): void {
    this.#call.on("data", (batch: Batch) => this.#receive(batch));
    // A stream that just ends is a failure, however it ends; a goodbye came before if it was meant.
    for (const event of ["end", "cancelled", "error"]) {
      this.#call.on(event, () => this.#streamEnded());
    }
    void this.#limitPhases();
  }

  async #limitPhases(): Promise<void> {
    try {
      await this.#deps.clock.wait(2 * phaseMsMax, this.#timer.signal);
    } catch {
      // Both phases have ended in time.
      return;
    }
    this.#refuse(new Failure("tunnel.timeout", "The runner did not prove itself in time."));
  }

  #receive(batch: Batch): void {
    try {
      for (const frame of batch.frames) {
        this.#receiveFrame(frame);
      }
    } catch (cause) {
      this.#log.warn("protocol violated", { reason: cause instanceof Error ? cause.message : "" });
      this.#refuse(new Failure("protocol.violated", "The runner broke the protocol.", { cause }));
    }
  }

  #receiveFrame({ kind }: Frame): void {
    const state = this.#state;
    if (state.phase === "open") {
      state.tunnel.receive({ kind } as Frame);
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
    } else if (state.phase !== "ended" && kind.case !== "goodbye") {
      throw new Error(`${kind.case ?? "an unknown frame"} came in the phase ${state.phase}`);
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
    if (this.#state.phase === "ended") {
      return;
    }
    this.#state = { phase: "authenticate", admitted: admission, hello, version };
    this.#writer.push({
      kind: {
        case: "welcome",
        value: {
          version,
          tunnelId: this.#tunnelId,
          livenessIntervalMs,
          operationsMax: operationLimits.runningPerTunnelMax,
        },
      },
    });
  }

  /** Phase two: the API key. */
  async #authenticate(
    token: Secret<string>,
    state: Extract<State, { readonly phase: "authenticate" }>,
  ): Promise<void> {
    const { limits } = this.#deps;
    const address = addressOf(this.#call.getPeer());
    const keyId = throttleKeyOf(token, address);
    await limits.refuseThrottled(keyId, address);
    const proved = await authenticateRunner(
      runnerAuthentication(this.#deps),
      token,
      state.admitted,
    );
    if (!proved.ok) {
      await limits.countFailure(keyId, address);
      throw new Failure(proved.code, proved.message);
    }
    const { runner, credentials } = state.admitted;
    // Read again: the credentials may have been revoked while the two phases ran, when there was no
    // tunnel yet to cut.
    const again = await this.#deps.storage.read.credentials.findBySerial(
      credentials.certificateSerial,
    );
    if (again === undefined || again.revokedAtMs !== undefined) {
      throw new Failure("certificate.revoked", "The certificate has been revoked.");
    }
    if (this.#isOver()) {
      return;
    }
    const tunnel = new OpenTunnel({
      identity: {
        tunnelId: this.#tunnelId,
        organizationId: runner.organizationId,
        runnerId: runner.id,
        serviceAccountId: proved.serviceAccountId,
        generation: credentials.generation,
        certificateSerial: credentials.certificateSerial,
        apiKeyId: proved.apiKeyId,
        runnerVersion: state.hello.runnerVersion.slice(0, 64),
        operationKinds: new Set(state.hello.operationKinds),
        sealingPublicKey: state.hello.sealingPublicKey,
        connectedAtMs: this.#deps.clock.nowMs(),
      },
      version: state.version,
      writer: this.#writer,
      registry: this.#deps.tunnels,
      clock: this.#deps.clock,
      end: () => this.#end(),
    });
    this.#state = { phase: "open", tunnel };
    this.#timer.abort();
    this.#writer.push({
      kind: { case: "accepted", value: { serviceAccountId: proved.serviceAccountId } },
    });
    tunnel.start();
    this.#settled.resolve();
    this.#log.info("runner connected", { runnerId: runner.id, generation: credentials.generation });
    await this.#deps.storage.read.runners.touch(
      runner.organizationId,
      runner.id,
      this.#deps.clock.nowMs(),
    );
    await credentialsConnected(this.#deps.runners, {
      organizationId: runner.organizationId,
      runnerId: runner.id,
      generation: credentials.generation,
    });
  }

  #isOver(): boolean {
    return this.#state.phase === "ended";
  }

  #refuse(failure: Failure, phase: RefusalPhase = this.#phaseOfState()): void {
    if (this.#state.phase === "open") {
      this.#state.tunnel.cut(failure.code, failure.message, false);
      return;
    }
    if (this.#state.phase === "ended") {
      return;
    }
    this.#log.info("runner refused", { code: failure.code, phase });
    this.#writer.push({
      kind: {
        case: "refusal",
        value: {
          phase,
          code: failure.code,
          message: failure.message,
          permanent: isPermanent(failure.code),
        },
      },
    });
    this.#end();
  }

  #phaseOfState(): RefusalPhase {
    return this.#state.phase === "hello" ? RefusalPhase.TUNNEL : RefusalPhase.CONTROL_PLANE;
  }

  /** Ends the stream once what was pushed has gone out. */
  #end(): void {
    this.#finish();
    this.#isEnding = true;
    // A push that nobody had to wait for goes out in the turn after this one.
    setImmediate(() => setImmediate(() => this.#endIfAsked()));
  }

  #endIfAsked(): void {
    if (this.#isEnding && this.#writer.isIdle) {
      this.#writer.close();
      this.#call.end();
    }
  }

  #streamEnded(): void {
    if (this.#state.phase === "open") {
      this.#log.info("tunnel ended", {});
      this.#state.tunnel.close();
    }
    this.#finish();
    this.#writer.close();
  }

  #finish(): void {
    this.#state = { phase: "ended" };
    this.#timer.abort();
    this.#settled.resolve();
  }
}
