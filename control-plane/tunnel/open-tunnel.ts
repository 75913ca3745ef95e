import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type {
  Data,
  Frame,
  Result,
  Started,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { CancelReason } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import { makeFrame } from "@holdfast/protocol/tunnel/frame.ts";
import { IncomingData } from "@holdfast/protocol/tunnel/incoming-data.ts";
import { tunnelLimits } from "@holdfast/protocol/tunnel/limits.ts";
import { understandsDrain, type Version } from "@holdfast/protocol/tunnel/negotiate-version.ts";
import type { LinkEnd, TunnelLink } from "@holdfast/protocol/tunnel/tunnel-link.ts";
import { outcomeOf } from "./operation-outcome.ts";
import type { CuttableTunnel } from "./tunnel-registry.ts";
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
  /** Undefined once it has ended here; the runner's result is still to come. */
  sink: TunnelOperationSink | undefined;
  readonly incoming: IncomingData;
  /** Whether the runner has begun it. */
  isBegun: boolean;
}

/** What an {@link OpenTunnel} needs. */
export interface OpenTunnelOptions {
  readonly identity: TunnelIdentity;
  readonly version: Version;
  readonly link: TunnelLink;
  /** How many operations it carries at once. */
  readonly operationsMax: number;
}

/** The control plane's end of a tunnel that has passed both phases. */
export class OpenTunnel implements CuttableTunnel {
  readonly identity: TunnelIdentity;
  readonly #options: OpenTunnelOptions;
  readonly #running = new Map<number, RunningOperation>();
  #nextStream = 1;
  #isDraining = false;
  #hasEnded = false;

  constructor(options: OpenTunnelOptions) {
    this.identity = options.identity;
    this.#options = options;
  }

  get isDraining(): boolean {
    return this.#isDraining;
  }

  get operationsRunning(): number {
    return this.#running.size;
  }

  get roundTripMs(): number | undefined {
    return this.#options.link.roundTrip?.durationMs;
  }

  execute(request: TunnelOperationRequest, sink: TunnelOperationSink): TunnelOperation {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      // Not before the caller has what `execute` gives.
      queueMicrotask(() => sink.ended(refusal));
      return { consumed: () => undefined, cancel: () => undefined };
    }
    const stream = this.#nextStream;
    this.#nextStream += 1;
    const incoming = new IncomingData(request.outputBytesMax);
    const running: RunningOperation = { sink, incoming, isBegun: false };
    this.#running.set(stream, running);
    this.#options.link.send(openFrame(stream, request));
    return {
      consumed: (bytes) => this.#consumed(stream, running, bytes),
      cancel: (reason) => this.#cancel(stream, reason),
    };
  }

  /** A frame has arrived that is not the link's own business. */
  receive({ kind }: Frame): void {
    switch (kind.case) {
      case "started":
        this.#receiveStarted(kind.value);
        return;
      case "data":
        this.#receiveData(kind.value);
        return;
      case "result":
        this.#receiveResult(kind.value);
        return;
      case "drain":
        this.#isDraining = true;
        return;
      case undefined:
        // A frame of a newer minor version: it may be passed over.
        return;
      default:
        this.#violate(`A runner does not send ${kind.case}.`);
    }
  }

  /** Sends no more operations, and asks the runner to open another tunnel elsewhere. */
  drain(): void {
    this.#isDraining = true;
    if (understandsDrain(this.#options.version)) {
      this.#options.link.send(makeFrame({ case: "drain", value: { reconnect: true } }));
    }
  }

  cut(code: FailureCode, message: string, isPermanent: boolean): void {
    this.#options.link.cut({ code, message, isPermanent });
  }

  async goodbye(code: "drain", message: string): Promise<void> {
    this.#isDraining = true;
    await this.#options.link.goodbye({ code, message, isPermanent: false });
  }

  /**
   * The link has ended: operations under way are lost. After a runner's goodbye those that it has not
   * begun are not: what it begins it says before, and what arrives afterwards it passes over.
   */
  lose(end?: LinkEnd): void {
    this.#hasEnded = true;
    const isLeft = end?.kind === "goodbye" && !end.isOurs;
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const { sink, isBegun } of running) {
      sink?.ended(
        isLeft && !isBegun
          ? failed("runner.draining", "The runner left before it had begun the operation.")
          : failed("runner.lost", "The tunnel to the runner ended while the operation ran."),
      );
    }
  }

  #refusal(): TunnelOperationOutcome | undefined {
    if (this.#hasEnded) {
      return failed("runner.lost", "The tunnel to the runner has ended.");
    }
    if (this.#isDraining) {
      return failed("runner.draining", "The tunnel to the runner takes no more operations.");
    }
    return this.#running.size >= this.#options.operationsMax
      ? failed("runner.queue_full", "The tunnel to the runner is full.")
      : undefined;
  }

  #consumed(stream: number, { sink, incoming }: RunningOperation, bytes: number): void {
    incoming.consumed(bytes);
    if (sink !== undefined && this.#running.has(stream)) {
      this.#grant(stream, incoming);
    }
  }

  #grant(stream: number, incoming: IncomingData): void {
    const bytes = incoming.takeGrant();
    if (bytes > 0) {
      this.#options.link.send(makeFrame({ case: "credit", value: { stream, bytes } }));
    }
  }

  #cancel(stream: number, reason: keyof typeof cancelReasons): void {
    if (this.#running.has(stream)) {
      this.#options.link.send(
        makeFrame({ case: "cancel", value: { stream, reason: cancelReasons[reason] } }),
      );
    }
  }

  #receiveStarted({ stream }: Started): void {
    const running = this.#running.get(stream);
    if (running === undefined) {
      this.#violate("An operation began that was never sent, or has ended.");
      return;
    }
    running.isBegun = true;
    running.sink?.started();
  }

  #receiveData(data: Data): void {
    const running = this.#running.get(data.stream);
    if (running === undefined) {
      this.#violate("Data came of an operation that was never sent, or has ended.");
      return;
    }
    const { sink, incoming } = running;
    if (sink === undefined) {
      return;
    }
    const received = incoming.add(data);
    switch (received.kind) {
      case "part":
        break;
      case "whole":
        sink[received.isOutput ? "output" : "item"](received.bytes);
        break;
      case "too-large":
        this.#cancel(data.stream, "output-limit");
        running.sink = undefined;
        sink.ended(failed("operation.output_too_large", received.message));
        return;
      case "violation":
        this.#violate(received.message);
        return;
    }
    this.#grant(data.stream, incoming);
  }

  #receiveResult(result: Result): void {
    const running = this.#running.get(result.stream);
    if (running === undefined) {
      this.#violate("A result came of an operation that was never sent, or has ended.");
      return;
    }
    const { outcome } = result;
    if (outcome.case === "succeeded" && running.incoming.isPartial && running.sink !== undefined) {
      this.#violate("An operation succeeded in the middle of an item.");
      return;
    }
    this.#running.delete(result.stream);
    if (outcome.case === "succeeded" && outcome.value.output.length > 0) {
      running.sink?.output(outcome.value.output);
    }
    running.sink?.ended(outcomeOf(result));
  }

  #violate(message: string): void {
    this.#options.link.fail("protocol.violated", message);
  }
}

function openFrame(stream: number, request: TunnelOperationRequest): Frame {
  const { operationId, kind, input, connection, sealedCredentials, deadlineMs, caller } = request;
  return makeFrame({
    case: "open",
    value: {
      stream,
      operationId,
      kind,
      input,
      ...(connection === undefined ? {} : { connection }),
      ...(sealedCredentials === undefined ? {} : { sealedCredentials }),
      deadlineMs,
      credit: tunnelLimits.creditBytes,
      caller,
      outputBytesMax: BigInt(request.outputBytesMax),
    },
  });
}

function failed(code: FailureCode, message: string): TunnelOperationOutcome {
  return { kind: "failed", failure: describeFailure(code, message) };
}
