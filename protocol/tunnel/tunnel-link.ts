import { create } from "@bufbuild/protobuf";
import type { Clock } from "@holdfast/foundation/clock.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { type Batch, BatchSchema, type Frame } from "../generated/holdfast/v1/tunnel_pb.ts";
import { makeFrame } from "./frame.ts";
import type { FrameTransport } from "./frame-transport.ts";
import { type FrameSource, FrameWriter } from "./frame-writer.ts";
import { tunnelTimes } from "./limits.ts";
import { Liveness, type MeasuredRoundTrip } from "./liveness.ts";

/** How a tunnel ended. */
export interface LinkEnd {
  /** `goodbye`: one side said so. `lost`: the stream just ended, or the other side was silent or wrong. */
  readonly kind: "goodbye" | "lost";
  /** `drain`, `shutdown`, `replaced` or a failure code. */
  readonly code: string;
  /** A whole sentence for people. */
  readonly message: string;
  /** Whether connecting again with the same credentials cannot help. */
  readonly isPermanent: boolean;
  /** Whether this side ended it. */
  readonly isOurs: boolean;
}

/** What a goodbye says. */
export interface Parting {
  readonly code: string;
  readonly message: string;
  readonly isPermanent: boolean;
}

/** What a {@link TunnelLink} needs. */
export interface TunnelLinkOptions {
  readonly transport: FrameTransport;
  readonly source: FrameSource;
  readonly clock: Clock;
  readonly random: Random;
  readonly defer: (run: () => void) => void;
  /** Takes every frame that is not the link's own business. */
  readonly onFrame: (frame: Frame) => void;
  /** Called once, whatever the reason. */
  readonly onEnd: (end: LinkEnd) => void;
}

/**
 * One end of a tunnel, the same at both: batches, liveness, goodbye and the difference between a
 * goodbye and a stream that just ends. What the other frames mean is its owner's business.
 */
export class TunnelLink {
  readonly #options: TunnelLinkOptions;
  readonly #writer: FrameWriter;
  readonly #ended = new AbortController();
  /** Aborts once there is no stream left to end. */
  readonly #streamGone = new AbortController();
  #liveness: Liveness | undefined;
  #end: LinkEnd | undefined;
  #isParting = false;

  constructor(options: TunnelLinkOptions) {
    this.#options = options;
    this.#writer = new FrameWriter({
      write: (batch, done) => options.transport.write(batch, done),
      source: options.source,
      defer: options.defer,
    });
  }

  /** How it ended; undefined while it lives. */
  get end(): LinkEnd | undefined {
    return this.#end;
  }

  /** Aborts when the link ends. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** The last round trip through the other side's dispatcher; undefined before the first. */
  get roundTrip(): MeasuredRoundTrip | undefined {
    return this.#liveness?.roundTrip;
  }

  /** Sends a frame, ahead of all data. */
  send(frame: Frame): void {
    if (this.#end === undefined && !this.#writer.send(frame)) {
      this.fail("protocol.violated", "The other side asks without reading the answers.");
    }
  }

  /** The source has something to send. */
  wake(): void {
    this.#writer.wake();
  }

  /** Begins to ping; never before the other side has proved who it is. */
  startLiveness(intervalMs: number): void {
    this.#liveness = new Liveness({
      clock: this.#options.clock,
      random: this.#options.random,
      intervalMs,
      sendPing: (id) => this.send(makeFrame({ case: "ping", value: { id } })),
      onDead: () => this.fail("tunnel.liveness_lost", "The other side no longer answers."),
    });
    void this.#liveness.run(this.#ended.signal);
  }

  /** Takes a batch that has arrived. */
  receive(batch: Batch): void {
    for (const frame of batch.frames) {
      if (this.#end !== undefined) {
        return;
      }
      this.#take(frame);
    }
  }

  /** The stream has ended or broken. After a goodbye that is as it should be. */
  streamEnded(): void {
    this.#finish({
      kind: "lost",
      code: "tunnel.broken",
      message: "The connection ended without a goodbye.",
      isPermanent: false,
      isOurs: false,
    });
    this.#streamGone.abort();
    this.#options.transport.destroy();
  }

  /** Ends the tunnel at once because of what the other side did or did not do. */
  fail(code: FailureCode, message: string): void {
    this.#cut({ kind: "lost", code, message, isPermanent: false, isOurs: true });
  }

  /** Says goodbye and ends the tunnel at once: what is queued is dropped. */
  cut(parting: Parting): void {
    this.#cut({ kind: "goodbye", ...parting, isOurs: true });
  }

  /**
   * Says goodbye after everything that is queued, and ends the tunnel. Resolves when that has been
   * sent, or could not be within {@link tunnelTimes.goodbyeMsMax}. Safe to repeat.
   */
  async goodbye(parting: Parting): Promise<void> {
    if (this.#end === undefined && !this.#isParting) {
      this.#isParting = true;
      const end: LinkEnd = { kind: "goodbye", ...parting, isOurs: true };
      this.#writer.finish(goodbyeFrame(parting), () => {
        this.#finish(end);
        this.#options.transport.end();
      });
      void this.#destroyAfter(tunnelTimes.goodbyeMsMax, end);
    }
    if (this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#ended.signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  #cut(end: LinkEnd): void {
    if (this.#finish(end)) {
      // Past the writer: what it has queued is of no use to the other side any more.
      this.#options.transport.write(
        create(BatchSchema, { frames: [goodbyeFrame(end)] }),
        () => undefined,
      );
      this.#options.transport.end();
      void this.#destroyAfter(tunnelTimes.cutMsMax, end);
    }
  }

  /** A goodbye that cannot be sent, or that the other side ignores, must not keep the connection. */
  async #destroyAfter(delayMs: number, end: LinkEnd): Promise<void> {
    try {
      await this.#options.clock.wait(delayMs, this.#streamGone.signal);
    } catch {
      // The stream is gone already.
      return;
    }
    this.#finish(end);
    this.#options.transport.destroy();
  }

  /** True if this call ended the link. */
  #finish(end: LinkEnd): boolean {
    if (this.#end !== undefined) {
      return false;
    }
    this.#end = end;
    this.#writer.stop();
    this.#ended.abort();
    this.#options.onEnd(end);
    return true;
  }

  #take(frame: Frame): void {
    const { kind } = frame;
    switch (kind.case) {
      case "ping":
        this.send(makeFrame({ case: "pong", value: { id: kind.value.id } }));
        return;
      case "pong":
        this.#liveness?.pong(kind.value.id);
        return;
      case "goodbye": {
        const { code, message, permanent } = kind.value;
        const end: LinkEnd = {
          kind: "goodbye",
          code,
          message,
          isPermanent: permanent,
          isOurs: false,
        };
        this.#finish(end);
        this.#options.transport.end();
        void this.#destroyAfter(tunnelTimes.goodbyeMsMax, end);
        return;
      }
      default:
        this.#options.onFrame(frame);
    }
  }
}

function goodbyeFrame(parting: Parting): Frame {
  const { code, message, isPermanent } = parting;
  return makeFrame({ case: "goodbye", value: { code, message, permanent: isPermanent } });
}
