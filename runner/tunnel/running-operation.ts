import { create } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type Open,
  type OpenConnection,
  type OperationCaller,
  OperationCallerSchema,
} from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import type { RunnerOperation } from "./tunnel-client.ts";

/** An operation that runs, as its executor sees it and as its tunnel keeps it. */
export class RunningOperation implements RunnerOperation {
  readonly #open: Open;
  #abort: AbortController | undefined;
  #stopped: Failure | undefined;
  #sentBytes = 0;
  /** An output that is short enough to go with the result. */
  shortOutput: Uint8Array | undefined;

  constructor(open: Open) {
    this.#open = open;
  }

  get operationId(): string {
    return this.#open.operationId;
  }

  get kind(): string {
    return this.#open.kind;
  }

  get input(): Uint8Array {
    return this.#open.input;
  }

  get connection(): OpenConnection | undefined {
    return this.#open.connection;
  }

  get sealedCredentials(): Uint8Array | undefined {
    const { sealedCredentials } = this.#open;
    return sealedCredentials.length === 0 ? undefined : sealedCredentials;
  }

  get deadlineMs(): number {
    return this.#open.deadlineMs;
  }

  get outputBytesMax(): number {
    return Number(this.#open.outputBytesMax);
  }

  get caller(): OperationCaller {
    return this.#open.caller ?? create(OperationCallerSchema);
  }

  /** Made when it is asked for: most small operations end before anybody does. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#stopped !== undefined) {
        this.#abort.abort(this.#stopped);
      }
    }
    return this.#abort.signal;
  }

  /** It is to stop: the first reason stands. */
  stop(failure: Failure): void {
    this.#stopped ??= failure;
    this.#abort?.abort(this.#stopped);
  }

  /**
   * Counts what it gives.
   *
   * @throws {Failure} the reason to stop, or `operation.output_too_large`.
   */
  count(bytes: number): void {
    if (this.#stopped !== undefined) {
      throw this.#stopped;
    }
    this.#sentBytes += bytes;
    if (this.outputBytesMax > 0 && this.#sentBytes > this.outputBytesMax) {
      throw new Failure("operation.output_too_large", "The operation gave more than was allowed.");
    }
  }
}
