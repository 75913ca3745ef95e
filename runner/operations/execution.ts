import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { OperationSink, RunnerOperation } from "../tunnel/tunnel-client.ts";
import type { OperationHandler, OperationOutput, OperationServices } from "./operation.ts";
import { type OperationOutcome, outcomeOf } from "./outcome.ts";

/**
 * How long an operation may take to stop once it was told to, in milliseconds. Long enough to
 * interrupt a Pulumi update in order.
 */
export const stopMsMax = 60_000;

/** What one execution is made of. */
export interface ExecutionParts {
  readonly operation: RunnerOperation;
  readonly handler: OperationHandler;
  readonly sink: OperationSink;
  readonly services: OperationServices;
  readonly clock: Clock;
  readonly log: Log;
}

/** How an execution ended. */
export interface ExecutionEnd {
  readonly outcome: OperationOutcome;
  /** The output, if it had one. */
  readonly output: Uint8Array | undefined;
  /** What was thrown, for the log. */
  readonly error: unknown;
}

/** One operation while it runs. */
export class Execution {
  readonly #parts: ExecutionParts;
  readonly #stop = new AbortController();
  readonly #stopped = Promise.withResolvers<never>();
  readonly #end = new AbortController();
  #output: Uint8Array | undefined;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    // It is only ever looked at in a race; without this, losing the race would be an unhandled rejection.
    this.#stopped.promise.catch(() => undefined);
  }

  /** Stops it; it ends with `failure`. The first reason holds. */
  cancel(failure: Failure): void {
    if (this.#stop.signal.aborted) {
      return;
    }
    this.#stop.abort(failure);
    void this.#insist(failure);
  }

  /** Runs to the end; never rejects. */
  async run(): Promise<ExecutionEnd> {
    const { signal } = this.#parts.operation;
    const follow = (): void => this.cancel(reasonOf(signal));
    signal.addEventListener("abort", follow, { once: true });
    if (signal.aborted) {
      follow();
    }
    try {
      await Promise.race([this.#perform(), this.#stopped.promise]);
      return { outcome: { kind: "succeeded" }, output: this.#output, error: undefined };
    } catch (thrown) {
      // Once it was told to stop, whatever it threw came of that.
      const error: unknown = this.#stop.signal.aborted ? this.#stop.signal.reason : thrown;
      return { outcome: outcomeOf(error), output: undefined, error };
    } finally {
      signal.removeEventListener("abort", follow);
      this.#end.abort();
    }
  }

  async #perform(): Promise<void> {
    const { operation, handler, services, log } = this.#parts;
    await handler.run(
      operation.input,
      {
        operationId: operation.operationId,
        connection: operation.connection,
        references: services.references(operation.operationId),
        signal: this.#stop.signal,
        log,
        openCredentials: async () => await services.openCredentials(operation),
      },
      this.#outputOf(),
    );
  }

  /** The sink. Whoever was told to stop sends nothing any more. */
  #outputOf(): OperationOutput {
    const { sink } = this.#parts;
    return {
      item: async (bytes) => {
        this.#stop.signal.throwIfAborted();
        await sink.item(bytes);
      },
      output: async (bytes) => {
        this.#stop.signal.throwIfAborted();
        this.#output = bytes;
        await sink.output(bytes);
      },
    };
  }

  /** Answers for an operation that does not stop, so that nobody waits for it for ever. */
  async #insist(failure: Failure): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      await clock.wait(stopMsMax, this.#end.signal);
    } catch {
      return;
    }
    log.warn("operation did not stop in time", { code: failure.code });
    this.#stopped.reject(failure);
  }
}

/** Tunnels abort with a Failure; anything else is a mistake of ours, and still stops the operation. */
function reasonOf(signal: AbortSignal): Failure {
  const reason: unknown = signal.reason;
  return reason instanceof Failure
    ? reason
    : new Failure("operation.canceled", "The operation was stopped.", { cause: reason });
}
