import type { MessageInitShape } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import {
  type Cancel,
  CancelReason,
  type Credit,
  type Frame,
  type Open,
  type ResultSchema,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import {
  describeFailure,
  failureToMessage,
} from "@holdfast/protocol/operations/operation-failure.ts";
import { makeFrame } from "@holdfast/protocol/tunnel/frame.ts";
import type { FrameSource } from "@holdfast/protocol/tunnel/frame-writer.ts";
import { tunnelLimits } from "@holdfast/protocol/tunnel/limits.ts";
import { OutgoingData } from "@holdfast/protocol/tunnel/outgoing-data.ts";
import { RunningOperation } from "./running-operation.ts";
import type { OnOperation, OperationSink } from "./tunnel-client.ts";

type Outcome = NonNullable<MessageInitShape<typeof ResultSchema>["outcome"]>;

/** What {@link RunningOperations} needs. */
export interface RunningOperationsOptions {
  /** Sends a frame, ahead of all data. */
  readonly send: (frame: Frame) => void;
  /** There is data to send. */
  readonly wake: () => void;
  /** The control plane does not keep to the protocol. */
  readonly violated: (message: string) => void;
  readonly onOperation: OnOperation;
}

/** Operations that a tunnel may carry at once, whatever the control plane announces. */
const operationsMaxEver = 1_024;

const stops: Readonly<Record<CancelReason, readonly [FailureCode, string]>> = {
  [CancelReason.UNSPECIFIED]: ["operation.canceled", "The operation was canceled."],
  [CancelReason.CALLER]: ["operation.canceled", "The caller has canceled the operation."],
  [CancelReason.DEADLINE]: ["operation.expired", "The deadline of the operation has passed."],
  [CancelReason.OUTPUT_LIMIT]: [
    "operation.output_too_large",
    "The operation gave more than was allowed.",
  ],
};

/** The operations that run in one tunnel: frames in, sinks out. */
export class RunningOperations implements FrameSource {
  readonly #options: RunningOperationsOptions;
  readonly #data: OutgoingData;
  readonly #running = new Map<number, RunningOperation>();
  #operationsMax = 0;
  #lastStream = 0;
  #isDraining = false;

  constructor(options: RunningOperationsOptions) {
    this.#options = options;
    this.#data = new OutgoingData(operationsMaxEver, options.wake);
  }

  /** How many have not told their result yet: those that run, and those whose result waits behind its data. */
  get size(): number {
    return this.#data.size;
  }

  next(): Frame | undefined {
    return this.#data.next();
  }

  /** Takes operations from now on, so many at once. */
  start(operationsMax: number): void {
    this.#operationsMax = Math.min(operationsMax, operationsMaxEver);
  }

  /** Refuses those that still come. */
  drain(): void {
    this.#isDraining = true;
  }

  /** The control plane begins an operation. */
  open(open: Open): void {
    if (open.stream <= this.#lastStream) {
      this.#options.violated("A number of an operation was used twice.");
      return;
    }
    this.#lastStream = open.stream;
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      this.#options.send(resultFrame(open.stream, failedOutcome(refusal)));
      return;
    }
    const operation = new RunningOperation(open);
    this.#running.set(open.stream, operation);
    this.#data.open(open.stream, open.credit);
    const sink = this.#sinkOf(open.stream, operation);
    try {
      this.#options.onOperation(operation, sink);
    } catch (cause) {
      sink.failed(
        new Failure("operation.not_performed", "The runner could not begin the operation.", {
          cause,
        }),
      );
    }
  }

  /** The control plane lets an operation send more. */
  credit({ stream, bytes }: Credit): void {
    this.#data.addCredit(stream, bytes);
  }

  /** The control plane asks to stop an operation; one that has ended meanwhile needs no answer. */
  cancel({ stream, reason }: Cancel): void {
    const [code, message] = stops[reason] ?? stops[CancelReason.UNSPECIFIED];
    this.#stop(stream, new Failure(code, message));
  }

  /** The tunnel has ended: what runs is told, and what it gives goes nowhere. */
  lose(): void {
    const failure = new Failure("runner.lost", "The tunnel has ended.");
    const running = [...this.#running.values()];
    this.#running.clear();
    this.#data.close(failure);
    for (const operation of running) {
      operation.stop(failure);
    }
  }

  #refusal(): Failure | undefined {
    if (this.#isDraining) {
      return new Failure("runner.draining", "The runner takes no more operations.");
    }
    return this.#running.size >= this.#operationsMax
      ? new Failure("runner.queue_full", "The runner has too many operations in this tunnel.")
      : undefined;
  }

  #stop(stream: number, failure: Failure): void {
    this.#running.get(stream)?.stop(failure);
    this.#data.drop(stream, failure);
  }

  #sinkOf(stream: number, operation: RunningOperation): OperationSink {
    const send = async (bytes: Uint8Array, isOutput: boolean): Promise<void> => {
      operation.count(bytes.length);
      if (this.#running.get(stream) === operation) {
        await this.#data.send(stream, bytes, isOutput);
      }
    };
    return {
      started: () => {
        if (this.#running.get(stream) === operation) {
          this.#options.send(makeFrame({ case: "started", value: { stream } }));
        }
      },
      item: async (bytes) => await send(bytes, false),
      output: async (bytes) => {
        if (bytes.length > 0 && bytes.length <= tunnelLimits.chunkBytesMax) {
          // It goes in the result itself: one frame instead of two.
          operation.count(bytes.length);
          operation.shortOutput = bytes;
        } else {
          await send(bytes, true);
        }
      },
      succeeded: () => {
        const output = operation.shortOutput;
        this.#end(stream, operation, {
          case: "succeeded",
          value: output === undefined ? {} : { output },
        });
      },
      failed: (failure) => this.#end(stream, operation, failedOutcome(failure)),
      canceled: (failure) =>
        this.#end(stream, operation, { case: "canceled", value: describe(failure) }),
    };
  }

  #end(stream: number, operation: RunningOperation, outcome: Outcome): void {
    if (this.#running.get(stream) !== operation) {
      return;
    }
    this.#running.delete(stream);
    if (outcome.case !== "succeeded") {
      // What was left of it is of no use; nobody waits for credit to say that it failed.
      this.#data.drop(stream, new Failure("operation.canceled", "The operation has ended."));
    }
    this.#data.finish(stream, resultFrame(stream, outcome));
  }
}

function resultFrame(stream: number, outcome: Outcome): Frame {
  return makeFrame({ case: "result", value: { stream, outcome } });
}

function failedOutcome(failure: Failure): Outcome {
  return { case: "failed", value: describe(failure) };
}

function describe({ code, message }: Failure): ReturnType<typeof failureToMessage> {
  return failureToMessage(describeFailure(code, message));
}
