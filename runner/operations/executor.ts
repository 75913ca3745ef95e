import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure, unreachable } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { Effect } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import {
  type CatalogEntry,
  catalog,
  needsConnection,
} from "@holdfast/protocol/operations/catalog.ts";
import { judge } from "../policy/judge.ts";
import type { Policy } from "../policy/parse-policy.ts";
import type { OperationSink, RunnerOperation } from "../tunnel/tunnel-client.ts";
import { Execution } from "./execution.ts";
import type { OperationHandler, OperationServices } from "./operation.ts";
import { type OperationOutcome, outcomeOf } from "./outcome.ts";
import { RecentOperations, type RememberedOperation } from "./recent-operations.ts";

/** What an executor is made of. */
export interface ExecutorOptions {
  readonly handlers: readonly OperationHandler[];
  readonly policy: Policy;
  readonly clock: Clock;
  readonly log: Log;
  /** How many run at once. */
  readonly operationsMax: number;
}

/**
 * Runs operations: each judged by the policy, checked, bounded in number, time and output, and none of
 * them twice.
 */
export class Executor {
  readonly #options: ExecutorOptions;
  readonly #handlers: ReadonlyMap<string, OperationHandler>;
  readonly #running = new Map<string, Execution>();
  readonly #recent: RecentOperations;
  #isDraining = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#handlers = new Map(options.handlers.map((handler) => [handler.kind, handler]));
    this.#recent = new RecentOperations(options.clock);
  }

  /** How many operations run now. */
  get running(): number {
    return this.#running.size;
  }

  /** Kinds that can be executed, by name. */
  get kinds(): readonly string[] {
    return [...this.#handlers.keys()].sort();
  }

  /** Takes an operation. It ends exactly once, whatever happens. */
  execute(operation: RunnerOperation, sink: OperationSink, services: OperationServices): void {
    const { operationId, kind } = operation;
    const log = this.#options.log.with({ operationId, kind });
    const earlier = this.#recent.find(operationId);
    if (earlier !== undefined && (earlier.outcome.kind !== "succeeded" || earlier.output)) {
      log.info("operation repeated");
      void replay(earlier, sink);
      return;
    }
    try {
      const handler = this.#admit(operation, earlier !== undefined);
      this.#start({ operation, handler, sink, services, log });
    } catch (error) {
      const outcome = outcomeOf(error);
      logEnd(log, outcome, error);
      tell(sink, outcome);
    }
  }

  /**
   * Refuses new operations, and waits until all have ended or `late` aborts; then cuts the rest and
   * waits for them to stop, unless `force` aborts.
   *
   * @returns whether all ended by themselves.
   */
  async drain(late: AbortSignal, force: AbortSignal): Promise<boolean> {
    this.#isDraining = true;
    if (this.#running.size === 0) {
      return true;
    }
    this.#idle = Promise.withResolvers();
    await Promise.race([this.#idle.promise, aborted(late)]);
    if (this.#running.size === 0) {
      return true;
    }
    for (const execution of this.#running.values()) {
      execution.cancel(new Failure("runner.draining", "The runner has been stopped."));
    }
    await Promise.race([this.#idle.promise, aborted(force)]);
    return false;
  }

  /** All that must hold before an operation may begin. */
  #admit(operation: RunnerOperation, isRepeated: boolean): OperationHandler {
    const entry = catalog.get(operation.kind);
    const handler = this.#handlers.get(operation.kind);
    if (entry === undefined || handler === undefined) {
      throw new Failure(
        "operation.unsupported",
        `This runner does not execute \`${operation.kind}\`.`,
      );
    }
    if (isRepeated || this.#running.has(operation.operationId)) {
      throw new Failure(
        "operation.repeated",
        "The operation has been executed by this runner, and is not executed twice.",
      );
    }
    if (this.#isDraining) {
      throw new Failure("runner.draining", "The runner is ending and takes no more operations.");
    }
    if (this.#running.size >= this.#options.operationsMax) {
      throw new Failure(
        "runner.queue_full",
        `The runner executes ${this.#options.operationsMax} operations, its most at once.`,
      );
    }
    checkConnection(operation, entry, handler);
    this.#checkPolicy(operation, entry);
    return handler;
  }

  #checkPolicy(operation: RunnerOperation, entry: CatalogEntry): void {
    const decision = judge(this.#options.policy, {
      operation: operation.kind,
      connection: operation.connection?.name,
      caller: operation.caller.serviceAccountName,
      effect: entry.effect === Effect.READ ? "read" : "write",
    });
    if (!decision.allowed) {
      throw new Failure(
        "policy.refused",
        `The runner's policy refuses \`${operation.kind}\`: ${decision.reason}.`,
      );
    }
  }

  #start(parts: {
    readonly operation: RunnerOperation;
    readonly handler: OperationHandler;
    readonly sink: OperationSink;
    readonly services: OperationServices;
    readonly log: Log;
  }): void {
    const { operation, sink, log } = parts;
    const execution = new Execution({ ...parts, clock: this.#options.clock });
    this.#running.set(operation.operationId, execution);
    log.info("operation started", { caller: operation.caller.serviceAccountName });
    sink.started();
    void execution.run().then(({ outcome, output, error }) => {
      this.#running.delete(operation.operationId);
      this.#recent.remember(operation.operationId, outcome, output);
      logEnd(log, outcome, error);
      tell(sink, outcome);
      if (this.#running.size === 0) {
        this.#idle?.resolve();
      }
    });
  }
}

/** The connection must be there, of the right provider, of a mode that the kind knows, and whole. */
function checkConnection(
  operation: RunnerOperation,
  entry: CatalogEntry,
  handler: OperationHandler,
): void {
  const { connection, sealedCredentials } = operation;
  if (!needsConnection(entry)) {
    return;
  }
  if (connection?.provider !== entry.provider) {
    throw new Failure(
      "connection.wrong_provider",
      `\`${operation.kind}\` needs a connection to another provider.`,
    );
  }
  if (!handler.modes.includes(connection.mode)) {
    throw new Failure(
      "operation.mode_unsupported",
      `\`${operation.kind}\` cannot use the authentication mode of the connection \`${connection.name}\`.`,
    );
  }
  const isInline = connection.mode === AuthenticationMode.INLINE;
  // A request of another mode that carries credentials was not made by our control plane's rules.
  if (isInline !== (sealedCredentials !== undefined && sealedCredentials.byteLength > 0)) {
    throw new Failure(
      "protocol.violated",
      isInline
        ? "The operation came without the credentials of its inline connection."
        : "The operation came with credentials, and its connection is not inline.",
    );
  }
}

/** Answers a repeated operation as it was answered the first time. */
async function replay(earlier: RememberedOperation, sink: OperationSink): Promise<void> {
  sink.started();
  try {
    if (earlier.output !== undefined) {
      await sink.output(earlier.output);
    }
    tell(sink, earlier.outcome);
  } catch (error) {
    tell(sink, outcomeOf(error));
  }
}

function tell(sink: OperationSink, outcome: OperationOutcome): void {
  switch (outcome.kind) {
    case "succeeded":
      sink.succeeded();
      return;
    case "failed":
      sink.failed(outcome.failure);
      return;
    case "canceled":
      sink.canceled(outcome.failure);
      return;
    default:
      unreachable(outcome);
  }
}

function logEnd(log: Log, outcome: OperationOutcome, error: unknown): void {
  if (outcome.kind === "succeeded") {
    log.info("operation succeeded");
    return;
  }
  const { code, message } = outcome.failure;
  if (error instanceof Failure) {
    log.info("operation ended without success", { code, reason: message });
  } else {
    log.error("operation failed inside the runner", { code }, error);
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) {
    return;
  }
  await new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
