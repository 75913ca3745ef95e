import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { type FailureStatus, toStatus } from "@holdfast/protocol/grpc/failure-status.ts";

/** Who nobody has proved to be. */
const nobody = "anonymous";

/** What the log says of one call, from its first header to its end. */
export class CallRecord {
  /** Finds the call in the log. */
  readonly correlationId: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #startedMs: number;
  #actor = nobody;

  constructor(
    method: string,
    deps: { readonly clock: Clock; readonly random: Random; readonly log: Log },
  ) {
    this.correlationId = makeIdentifier("cor", deps.random);
    this.#clock = deps.clock;
    this.#log = deps.log.with({ correlationId: this.correlationId, method });
    this.#startedMs = deps.clock.monotonicMs();
  }

  /** From now on the call is this actor's. */
  provedBy(actor: string): void {
    this.#actor = actor;
  }

  /** The call has been answered. */
  answered(): void {
    this.#log.debug("call answered", this.#fields());
  }

  /** The call has failed. Of an error that nobody expected its caller learns nothing. @returns how to end it. */
  failed(error: unknown): FailureStatus {
    const failure =
      error instanceof Failure
        ? error
        : new Failure("control_plane.internal", "Something went wrong in the control plane.", {
            cause: error,
          });
    const fields = { ...this.#fields(), code: failure.code };
    if (failure.code === "control_plane.internal") {
      this.#log.error("call failed", fields, error);
    } else {
      this.#log.info("call refused", fields);
    }
    return toStatus(failure, this.correlationId);
  }

  #fields() {
    const tookMs = Math.round((this.#clock.monotonicMs() - this.#startedMs) * 10) / 10;
    return { actor: this.#actor, tookMs };
  }
}
