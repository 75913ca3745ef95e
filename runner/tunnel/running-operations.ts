import { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import {
  type Cancel,
  CancelReason,
  type Credit,
  type Open,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import {
  describeFailure,
  failureToMessage,
} from "@holdfast/protocol/operations/operation-failure.ts";
import type { FrameInit, FrameWriter } from "@holdfast/protocol/frames/frame-writer.ts";
import { OutgoingData } from "@holdfast/protocol/frames/outgoing-data.ts";
import type { OnOperation, OperationSink } from "./tunnel-client.ts";

interface Running {
  readonly data: OutgoingData;
  readonly abort: AbortController;
}

const cancelCodes: ReadonlyMap<CancelReason, readonly [FailureCode, string]> = new Map([
  [CancelReason.CALLER, ["operation.canceled", "The caller has canceled the operation."]],
  [CancelReason.DEADLINE, ["operation.expired", "The deadline of the operation has passed."]],
  [
    CancelReason.OUTPUT_LIMIT,
    ["operation.output_too_large", "The operation gave more than was allowed."],
  ],
]);

/** The operations that run in one tunnel: frames in, sinks out. */
export class RunningOperations {
  readonly #writer: FrameWriter;
  readonly #onOperation: OnOperation;
  readonly #running = new Map<number, Running>();

  constructor(writer: FrameWriter, onOperation: OnOperation) {
    this.#writer = writer;
    this.#onOperation = onOperation;
  }

  get size(): number {
    return this.#running.size;
  }

  /** The control plane begins an operation. */
  open(open: Open): void {
    const data = new OutgoingData(open.stream, open.credit, () => this.#writer.wake());
    const abort = new AbortController();
    this.#running.set(open.stream, { data, abort });
    this.#writer.addSource(data);
    this.#onOperation(
      {
        operationId: open.operationId,
        kind: open.kind,
        input: open.input,
        connection: open.connection,
        sealedCredentials: open.sealedCredentials.length === 0 ? undefined : open.sealedCredentials,
        deadlineMs: open.deadlineMs,
        outputBytesMax: Number(open.outputBytesMax),
        caller: open.caller ?? emptyCaller,
        signal: abort.signal,
      },
      this.#sinkOf(open, data),
    );
  }

  credit({ stream, bytes }: Credit): void {
    this.#running.get(stream)?.data.addCredit(bytes);
  }

  cancel({ stream, reason }: Cancel): void {
    const running = this.#running.get(stream);
    const [code, message] = cancelCodes.get(reason) ?? [
      "operation.canceled",
      "The operation was canceled.",
    ];
    const failure = new Failure(code as FailureCode, message as string);
    running?.abort.abort(failure);
    running?.data.abort(failure);
  }

  /** The tunnel has ended: what runs is told, and what it gives goes nowhere. */
  lose(): void {
    const failure = new Failure("runner.lost", "The tunnel has ended.");
    for (const { data, abort } of this.#running.values()) {
      abort.abort(failure);
      data.abort(failure);
    }
    this.#running.clear();
  }

  #sinkOf(open: Open, data: OutgoingData): OperationSink {
    const { stream } = open;
    const bytesMax = Number(open.outputBytesMax);
    let sentBytes = 0;
    const send = async (bytes: Uint8Array, isOutput: boolean): Promise<void> => {
      sentBytes += bytes.length;
      if (bytesMax > 0 && sentBytes > bytesMax) {
        throw new Failure(
          "operation.output_too_large",
          "The operation gave more than was allowed.",
        );
      }
      await data.send(bytes, isOutput);
    };
    return {
      started: () => this.#push({ kind: { case: "started", value: { stream } } }),
      item: async (bytes) => await send(bytes, false),
      output: async (bytes) => await send(bytes, true),
      succeeded: () => this.#end(stream, { case: "succeeded", value: {} }),
      failed: (failure) =>
        this.#end(stream, {
          case: "failed",
          value: failureToMessage(describeFailure(failure.code, failure.message)),
        }),
      canceled: (failure) =>
        this.#end(stream, {
          case: "canceled",
          value: failureToMessage(describeFailure(failure.code, failure.message)),
        }),
    };
  }

  #end(stream: number, outcome: ResultOutcome): void {
    const running = this.#running.get(stream);
    if (running === undefined) {
      return;
    }
    this.#running.delete(stream);
    this.#writer.removeSource(running.data);
    this.#push({ kind: { case: "result", value: { stream, outcome } } });
  }

  #push(frame: FrameInit): void {
    this.#writer.push(frame);
  }
}

type ResultFrame = Extract<NonNullable<FrameInit["kind"]>, { case: "result" }>["value"];
type ResultOutcome = NonNullable<NonNullable<ResultFrame>["outcome"]>;

const emptyCaller = {
  $typeName: "holdfast.v1.OperationCaller",
  serviceAccountId: "",
  serviceAccountName: "",
} as const;
