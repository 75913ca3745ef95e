import { Failure } from "@holdfast/foundation/failure.ts";
import { scrub } from "@holdfast/foundation/scrub.ts";

/** How an operation ended. */
export type OperationOutcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "failed" | "canceled"; readonly failure: Failure };

/**
 * How an operation ended that threw `error`. What is not a Failure is ours, and says nothing to the
 * caller; what a cloud wrote into a message is scrubbed before it leaves.
 */
export function outcomeOf(error: unknown): OperationOutcome {
  if (!(error instanceof Failure)) {
    const message = "The runner could not perform the operation; its log says why.";
    return {
      kind: "failed",
      failure: new Failure("operation.not_performed", message, { cause: error }),
    };
  }
  const { code, fields, retryAfterMs } = error;
  const failure = new Failure(code, scrub(error.message), {
    cause: error,
    fields,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
  return { kind: code === "operation.canceled" ? "canceled" : "failed", failure };
}
