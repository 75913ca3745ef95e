import type { Clock } from "@holdfast/foundation/clock.ts";
import type { FrameInit, FrameWriter } from "@holdfast/protocol/frames/frame-writer.ts";
import { IncomingData } from "@holdfast/protocol/frames/incoming-data.ts";
import { creditBytes } from "@holdfast/protocol/frames/limits.ts";
import { Liveness } from "@holdfast/protocol/frames/liveness.ts";
import type { Version } from "@holdfast/protocol/frames/negotiate-version.ts";
import type { Data, Frame, Result } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { CancelReason } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import {
  describeFailure,
  failureFromMessage,
} from "@holdfast/protocol/operations/operation-failure.ts";
import type { CuttableTunnel, TunnelRegistry } from "./tunnel-registry.ts";
import type {
  TunnelIdentity,
  TunnelOperation,
  TunnelOperationOutcome,
  TunnelOperationRequest,
  TunnelOperationSink,
} from "./tunnels.ts";

const cancelReasons = {
  caller: CancelReason.CALLER,
  deadline: CancelReason.DEADLINE,
  "output-limit": CancelReason.OUTPUT_LIMIT,
} as const;

interface RunningOperation {
  readonly sink: TunnelOperationSink;
  readonly incoming: IncomingData;
}

/** What an {@link OpenTunnel} needs. */
export interface OpenTunnelDependencies {
  readonly identity: TunnelIdentity;
  readonly version: Version;
  readonly writer: FrameWriter;
  readonly registry: TunnelRegistry;
  readonly clock: Clock;
  /** Ends the stream, after what was pushed has gone out. */
  readonly end: () => void;
}

/** The control plane's end of a tunnel that has passed both phases. */
export class OpenTunnel implements CuttableTunnel {
  readonly identity: TunnelIdentity;
  readonly #deps: OpenTunnelDependencies;
  readonly #running = new Map<number, RunningOperation>();
  readonly #ended = new AbortController();
  readonly #liveness: Liveness;
  #nextStream = 1;
  #isDraining = false;

  constructor(deps: OpenTunnelDependencies) {
    this.identity = deps.identity;
    this.#deps = deps;
    this.#liveness = new Liveness(
      deps.clock,
      (frame) => deps.writer.push(frame),
      () => this.cut("tunnel.liveness_lost", "Nothing was heard of the runner.", false),
    );
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get operationsRunning(): number {
    return this.#running.size;
  }

  get roundTripMs(): number | undefined {
    return this.#liveness.roundTrip?.durationMs;
  }

  /** Begins: pings, and takes operations. */
  start(): void {
    void this.#liveness.run(this.#ended.signal);
    this.#deps.registry.add(this);
  }

  execute(request: TunnelOperationRequest, sink: TunnelOperationSink): TunnelOperation {
    const stream = this.#nextStream;
    this.#nextStream += 1;
    if (this.#ended.signal.aborted) {
      sink.ended(lost);
      return { consumed: () => undefined, cancel: () => undefined };
    }
    const incoming = new IncomingData(creditBytes);
    this.#running.set(stream, { sink, incoming });
    this.#push({
      kind: {
        case: "open",
        value: {
          stream,
          operationId: request.operationId,
          kind: request.kind,
          input: request.input,
          ...(request.connection === undefined ? {} : { connection: request.connection }),
          ...(request.sealedCredentials === undefined
            ? {}
            : { sealedCredentials: request.sealedCredentials }),
          deadlineMs: request.deadlineMs,
          credit: creditBytes,
          caller: request.caller,
          outputBytesMax: BigInt(request.outputBytesMax),
        },
      },
    });
    return {
      consumed: (bytes) => this.#giveCredit(stream, incoming.consumed(bytes)),
      cancel: (reason) => {
        if (this.#running.has(stream)) {
          this.#push({
            kind: { case: "cancel", value: { stream, reason: cancelReasons[reason] } },
          });
        }
      },
    };
  }

  /** A frame has arrived. @throws if the runner broke the protocol. */
  receive(frame: Frame): void {
    this.#liveness.heard();
    const { kind } = frame;
    switch (kind.case) {
      case "started":
        this.#running.get(kind.value.stream)?.sink.started();
        return;
      case "data":
        this.#receiveData(kind.value);
        return;
      case "result":
        this.#receiveResult(kind.value);
        return;
      case "ping":
        this.#push({ kind: { case: "pong", value: { id: kind.value.id } } });
        return;
      case "pong":
        this.#liveness.ponged(kind.value.id);
        return;
      case "drain":
        this.#isDraining = true;
        return;
      case "goodbye":
        this.close();
        return;
      case undefined:
        // A frame of a newer minor version: it may be passed over.
        return;
      default:
        throw new Error(`a runner does not send ${kind.case}`);
    }
  }

  /** Asks the runner to open another tunnel, because this one will end. */
  drain(): void {
    this.#isDraining = true;
    if (this.#deps.version.minor >= 1) {
      this.#push({ kind: { case: "drain", value: { reconnect: true } } });
    }
  }

  cut(code: string, message: string, isPermanent: boolean): void {
    this.#push({ kind: { case: "goodbye", value: { code, message, permanent: isPermanent } } });
    this.close();
  }

  /** The stream has ended, or shall: operations under way are lost. Safe to repeat. */
  close(): void {
    if (this.#ended.signal.aborted) {
      return;
    }
    this.#ended.abort();
    this.#deps.registry.remove(this);
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const { sink } of running) {
      sink.ended(lost);
    }
    this.#deps.end();
  }

  #push(frame: FrameInit): void {
    this.#deps.writer.push(frame);
  }

  #giveCredit(stream: number, bytes: number): void {
    if (bytes > 0 && this.#running.has(stream)) {
      this.#push({ kind: { case: "credit", value: { stream, bytes } } });
    }
  }

  #receiveData(data: Data): void {
    const running = this.#running.get(data.stream);
    if (running === undefined) {
      // Data that was on its way when the operation ended here.
      return;
    }
    const received = running.incoming.receive(data);
    this.#giveCredit(data.stream, received.creditBytes);
    if (received.message?.isOutput === true) {
      running.sink.output(received.message.bytes);
    } else if (received.message !== undefined) {
      running.sink.item(received.message.bytes);
    }
  }

  #receiveResult(result: Result): void {
    const running = this.#running.get(result.stream);
    this.#running.delete(result.stream);
    if (running === undefined) {
      return;
    }
    const { outcome } = result;
    if (outcome.case === "succeeded" && outcome.value.output.length > 0) {
      running.sink.output(outcome.value.output);
    }
    running.sink.ended(outcomeOf(result));
  }
}

const lost: TunnelOperationOutcome = {
  kind: "failed",
  failure: describeFailure(
    "runner.lost",
    "The tunnel to the runner ended while the operation ran.",
  ),
};

function outcomeOf({ outcome }: Result): TunnelOperationOutcome {
  switch (outcome.case) {
    case "succeeded":
      return { kind: "succeeded" };
    case "failed":
    case "canceled":
      return { kind: outcome.case, failure: failureFromMessage(outcome.value) };
    case undefined:
      return {
        kind: "failed",
        failure: describeFailure(
          "protocol.violated",
          "The runner ended the operation without saying how.",
        ),
      };
  }
}
