import type { Failure } from "@holdfast/foundation/failure.ts";
import { violatedConstraint } from "./violated-constraint.ts";

/**
 * Waits for `statement`, and throws the caller's failure in place of the database's error where one of
 * the constraints in `failures` would have been broken. The transaction is lost then.
 */
export async function refuseConflict<Value>(
  statement: Promise<Value>,
  failures: Readonly<Record<string, (cause: unknown) => Failure>>,
): Promise<Value> {
  try {
    return await statement;
  } catch (error) {
    const failureOf = failures[violatedConstraint(error) ?? ""];
    throw failureOf === undefined ? error : failureOf(error);
  }
}
