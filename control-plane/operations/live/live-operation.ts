import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import type {
  Tunnel,
  TunnelOperation,
  TunnelOperationOutcome,
  TunnelOperationRequest,
  TunnelOperationSink,
} from "../../tunnel/tunnels.ts";
import type { OperationFeed } from "../events/operation-feed.ts";
import type { OperationFeeds } from "../events/operation-feeds.ts";
import type { Operation, OperationFailure } from "../operation.ts";
import type { JournalStep } from "../operation-journal.ts";
import type { OperationLimits } from "../operation-limits.ts";
import { advanceOperation, type EndState, isEnded } from "../operation-states.ts";
import type { GroupCommit } from "./group-commit.ts";
import { OperationRecorder } from "./operation-recorder.ts";
import {
  type OperationWork,
  refreshWork,
  tunnelRequest,
  type WorkSources,
} from "./operation-work.ts";

/** Why a runner hands back an operation that it has not begun. */
export type ReturnReason = "runner.draining" | "runner.queue_full";

/** What every live operation uses. */
export interface LiveOperationDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: OperationLimits;
  readonly commit: GroupCommit;
  readonly feeds: OperationFeeds;
  readonly sources: WorkSources;
  /** Aborts when the process stops waiting for anything. */
  readonly signal: AbortSignal;
  /** Called once, after the end has been recorded. */
  readonly onEnded: (live: LiveOperation) => void;
  /** Called when a runner that drains, or is full, has handed it back unbegun. */
  readonly onReturned: (live: LiveOperation, reason: ReturnReason) => void;
  /** Called when a runner has let go of one that had ended before, by deadline or size. */
  readonly onReleased: (live: LiveOperation) => void;
}

/** How often an operation is sent anew after it was handed back. */
const returnsMax = 100;
const system = "system";

type Succeeded = { readonly kind: "succeeded" };

/**
 * One operation on its way from the queue to its end.
 *
 * Whatever happens to it, it ends exactly once; each transition is recorded with its audit record, in
 * order; watchers are told of the end only after it is durable.
 */
export class LiveOperation {
  /** Whether it waits for a runner that is not connected. */
  readonly waits: boolean;
  readonly feed: OperationFeed;
  /** Settles after the end has been recorded. */
  readonly ended: Promise<Operation>;
  readonly #deps: LiveOperationDeps;
  readonly #over = new AbortController();
  readonly #resolveEnded: (operation: Operation) => void;
  #operation: Operation;
  #work: OperationWork | undefined;
  readonly #inputBytes: number;
  readonly #outputBytesMax: number;
  readonly #recorder: OperationRecorder;
  #handle: TunnelOperation | undefined;
  #isUnderWay = false;
  #isCanceling = false;
  #cancelOnceSent = false;
  #outputBytes = 0;
  #untoldBytes = 0;
  #departures = 0;
  #returns = 0;

  /** `steps` have been recorded already; the first one is the operation's beginning. */
  constructor(
    deps: LiveOperationDeps,
    begun: {
      readonly steps: readonly [JournalStep, ...JournalStep[]];
      readonly work: OperationWork;
      readonly waits: boolean;
    },
  ) {
    const [first, ...later] = begun.steps;
    this.#deps = deps;
    this.#recorder = new OperationRecorder(deps);
    this.#operation = later.at(-1)?.operation ?? first.operation;
    this.#work = begun.work;
    this.#inputBytes = begun.work.input.length;
    this.#outputBytesMax = begun.work.outputBytesMax;
    this.waits = begun.waits;
    const { promise, resolve } = Promise.withResolvers<Operation>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.feed = deps.feeds.open(first.operation.id, {
      organizationId: first.operation.organizationId,
      onTaken: (bytes) => this.#giveCredit(bytes),
    });
    for (const { operation } of begun.steps) {
      this.#tell(operation);
    }
  }

  /** The operation as it is now. */
  get operation(): Operation {
    return this.#operation;
  }

  get hasEnded(): boolean {
    return isEnded(this.#operation.state);
  }

  /** How many bytes of input it keeps in memory while it waits. */
  get inputBytes(): number {
    return this.#inputBytes;
  }

  /** Begins to watch its deadline; one that has ended already says so. */
  start(): void {
    if (this.hasEnded) {
      this.#concludeInBackground();
    } else {
      this.#inBackground(this.#expireAtDeadline());
    }
  }

  /**
   * Records that it is sent, and makes what goes through `tunnel`; undefined if it ended meanwhile,
   * for whatever reason.
   */
  async prepare(tunnel: Tunnel): Promise<TunnelOperationRequest | undefined> {
    try {
      const hasWaited = this.#operation.state === "queued" || this.#departures > 0;
      this.#departures += 1;
      if (this.#operation.state === "queued") {
        this.#advance("sent", system);
        this.#tell(this.#operation);
        await this.#recorder.record();
      }
      const request = await this.#request(tunnel, hasWaited);
      return this.hasEnded ? undefined : request;
    } catch (error) {
      this.fail(this.#describe(error));
      return undefined;
    }
  }

  /** Sends it. The tunnel must be open at this very moment. */
  execute(tunnel: Tunnel, request: TunnelOperationRequest): void {
    this.#isUnderWay = true;
    const handle = tunnel.execute(request, this.#sink());
    // Its end may have come before the tunnel returned.
    if (this.#isStillUnderWay) {
      this.#handle = handle;
      this.#giveCredit(0);
    }
    if (this.#cancelOnceSent) {
      handle.cancel("output-limit");
    }
  }

  /** Asks for its end; ended by force if the runner does not answer in time. */
  cancel(actor: string): void {
    if (this.hasEnded || this.#isCanceling) {
      return;
    }
    if (this.#handle === undefined) {
      this.#end("canceled", actor, failureOfCancel("It was canceled before it was sent."));
      return;
    }
    this.#isCanceling = true;
    this.#handle.cancel("caller");
    this.#inBackground(this.#cancelAfterGrace());
  }

  /** Ends it with a failure of ours. */
  fail(failure: OperationFailure): void {
    this.#end("failed", system, failure);
  }

  get #isStillUnderWay(): boolean {
    return this.#isUnderWay;
  }

  #sink(): TunnelOperationSink {
    return {
      started: () => this.#begin(),
      item: (bytes) => this.#receive("item", bytes),
      output: (bytes) => this.#receive("output", bytes),
      ended: (outcome) => this.#conclude(outcome),
    };
  }

  #begin(): void {
    if (this.#operation.state === "sent") {
      this.#work = undefined;
      this.#advance("running", this.#operation.runnerId);
      this.#tell(this.#operation);
      this.#inBackground(this.#recorder.record());
    }
  }

  #receive(kind: "item" | "output", bytes: Uint8Array): void {
    if (this.hasEnded) {
      this.#giveCredit(kind === "item" ? bytes.length : 0);
      return;
    }
    this.#begin();
    this.#outputBytes += bytes.length;
    if (
      this.#outputBytes > this.#outputBytesMax ||
      bytes.length > this.#deps.limits.messageBytesMax
    ) {
      this.#stopForSize();
    } else {
      this.feed.publish({ kind, bytes });
    }
  }

  #stopForSize(): void {
    this.#handle?.cancel("output-limit");
    this.#cancelOnceSent = this.#handle === undefined;
    this.fail(
      describeFailure(
        "operation.output_too_large",
        `More than ${this.#outputBytesMax} bytes came back, or one message of more than ${this.#deps.limits.messageBytesMax}.`,
      ),
    );
  }

  #conclude(outcome: TunnelOperationOutcome): void {
    this.#handle = undefined;
    this.#isUnderWay = false;
    if (this.hasEnded) {
      // Once the tunnel has counted it out.
      this.#inBackground(Promise.resolve().then(() => this.#deps.onReleased(this)));
    } else if (outcome.kind === "succeeded") {
      this.#begin();
      this.#end("succeeded", this.#operation.runnerId, undefined);
    } else {
      this.#concludeWithout(outcome);
    }
  }

  #concludeWithout({ kind, failure }: Exclude<TunnelOperationOutcome, Succeeded>): void {
    const reason = this.#reasonOfReturn(failure);
    if (reason === undefined) {
      this.#end(endOf(kind, failure), this.#actorOf(failure), failure);
      return;
    }
    this.#returns += 1;
    this.#deps.onReturned(this, reason);
  }

  /** What a runner has handed back unbegun may be sent again; undefined if it must not. */
  #reasonOfReturn({ code }: OperationFailure): ReturnReason | undefined {
    const isReturn = code === "runner.draining" || code === "runner.queue_full";
    const isUnbegun = this.#operation.state === "sent" && !this.#isCanceling;
    return isReturn && isUnbegun && this.#returns < returnsMax ? code : undefined;
  }

  #actorOf(failure: OperationFailure): string {
    return failure.code === "runner.lost" ? system : this.#operation.runnerId;
  }

  #end(to: EndState, actor: string, failure: OperationFailure | undefined): void {
    if (this.hasEnded) {
      return;
    }
    this.#advance(to, actor, failure);
    this.#work = undefined;
    this.#over.abort();
    this.#concludeInBackground();
  }

  #concludeInBackground(): void {
    this.#inBackground(this.#announceEnd());
  }

  async #announceEnd(): Promise<void> {
    if (!this.#recorder.isEmpty) {
      await this.#recorder.recordAtLast(this.#operation.id);
      this.#tell(this.#operation);
    }
    this.feed.end();
    this.#deps.feeds.retire(this.#operation.id);
    this.#resolveEnded(this.#operation);
    this.#deps.onEnded(this);
  }

  async #expireAtDeadline(): Promise<void> {
    const leftMs = this.#operation.deadlineAtMs - this.#deps.clock.nowMs();
    if (await this.#waited(leftMs)) {
      this.#handle?.cancel("deadline");
      this.#end(
        "expired",
        system,
        describeFailure("operation.expired", "Its deadline has passed."),
      );
    }
  }

  async #cancelAfterGrace(): Promise<void> {
    if (await this.#waited(this.#deps.limits.cancelGraceMs)) {
      this.#end(
        "canceled",
        system,
        failureOfCancel("The runner did not answer the cancel in time."),
      );
    }
  }

  /** Waits; false if the operation ended before. */
  async #waited(delayMs: number): Promise<boolean> {
    try {
      await this.#deps.clock.wait(delayMs, this.#over.signal);
      return true;
    } catch (error) {
      if (this.#over.signal.aborted) {
        return false;
      }
      throw error;
    }
  }

  async #request(tunnel: Tunnel, hasWaited: boolean): Promise<TunnelOperationRequest | undefined> {
    const { sources, clock } = this.#deps;
    if (this.#work === undefined) {
      return undefined;
    }
    const operation = this.#operation;
    const work = hasWaited
      ? await refreshWork(sources.connections, operation, this.#work)
      : this.#work;
    return await tunnelRequest(sources, { operation, work, tunnel, nowMs: clock.nowMs() });
  }

  #advance(to: Operation["state"], actor: string, failure?: OperationFailure): void {
    const before = this.#operation.state;
    const atMs = this.#deps.clock.nowMs();
    this.#operation = advanceOperation(this.#operation, {
      to,
      atMs,
      outputBytes: this.#outputBytes,
      ...(failure === undefined ? {} : { failure }),
    });
    this.#recorder.add({ before, operation: this.#operation, actor, atMs });
  }

  #tell(operation: Operation): void {
    this.feed.publish({ kind: "state", operation });
  }

  #giveCredit(bytes: number): void {
    this.#untoldBytes += bytes;
    if (this.#handle !== undefined && this.#untoldBytes > 0) {
      const told = this.#untoldBytes;
      this.#untoldBytes = 0;
      this.#handle.consumed(told);
    }
  }

  #describe(error: unknown): OperationFailure {
    if (error instanceof Failure) {
      return describeFailure(error.code, error.message);
    }
    this.#deps.log.error("operation could not be sent", { operationId: this.#operation.id }, error);
    return describeFailure("control_plane.internal", "The control plane could not send it.");
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#deps.log.error("operation failed within", { operationId: this.#operation.id }, error);
    });
  }
}

function failureOfCancel(message: string): OperationFailure {
  return describeFailure("operation.canceled", message);
}

/** The runner watches the deadline too, and may be the first to notice. */
function endOf(kind: "failed" | "canceled", failure: OperationFailure): EndState {
  return failure.code === "operation.expired" ? "expired" : kind;
}
