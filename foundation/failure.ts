import { type FailureCode, type FailureRule, failureCatalog } from "./failure-catalog.ts";

/** What is wrong with one field of a request or settings; the value is never repeated. */
export interface FieldProblem {
  /** Path of the field, such as `settings.trust.role_arn`. */
  readonly field: string;
  /** What is wrong and what is allowed. */
  readonly problem: string;
}

/** What else is known of a failure. */
export interface FailureOptions {
  /** For us; logged; never sent. */
  readonly cause?: unknown;
  /** All problems at once. */
  readonly fields?: readonly FieldProblem[];
  /** How long to wait before a retry makes sense, in milliseconds. */
  readonly retryAfterMs?: number;
}

/**
 * An expected failure: something a caller, an operator, a runner, a cloud or the network did.
 *
 * `message` is a whole sentence for the caller, without secrets, and crosses the wire; `cause` is for
 * us and never does. A broken invariant is not a Failure: it is an {@link assert} that fails.
 */
export class Failure extends Error {
  override readonly name = "Failure";
  readonly code: FailureCode;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterMs: number | undefined;

  constructor(code: FailureCode, message: string, options: FailureOptions = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.fields = options.fields ?? [];
    this.retryAfterMs = options.retryAfterMs;
  }

  /** Kind, mender and next step: the same for every failure of this code. */
  get rule(): FailureRule {
    return failureCatalog[this.code];
  }
}

/** Stops the operation when our own reasoning was wrong; answered as `control_plane.internal`. */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) {
    throw new Error(`Invariant broken: ${invariant}`);
  }
}

/** Proves to the compiler that a union has been handled in full. */
export function unreachable(value: never): never {
  throw new Error(`Unhandled case: ${JSON.stringify(value)}`);
}
