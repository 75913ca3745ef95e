import type { FailureCode, Mender } from "@holdfast/foundation/failure-catalog.ts";

/**
 * Where an operation stands.
 *
 *   queued -> sent -> running -> succeeded | failed | canceled
 *   queued | sent | running -> expired (deadline) | failed (runner lost) | canceled
 */
export type OperationState =
  | "queued"
  | "sent"
  | "running"
  | "succeeded"
  | "failed"
  | "canceled"
  | "expired";

/** Why an operation did not succeed, and who can mend it. */
export interface OperationFailure {
  readonly code: FailureCode;
  /** A whole sentence for people, without secrets. */
  readonly message: string;
  readonly mender: Mender;
  readonly isRetriable: boolean;
}

/** One structured request to a runner and what became of it. Inputs and outputs are not kept. */
export interface Operation {
  /** `op_` and 22 base-62 digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly kind: string;
  readonly connectionId: string | undefined;
  readonly runnerId: string;
  readonly serviceAccountId: string;
  readonly state: OperationState;
  readonly createdAtMs: number;
  readonly startedAtMs: number | undefined;
  readonly endedAtMs: number | undefined;
  readonly deadlineAtMs: number;
  readonly failure: OperationFailure | undefined;
  /** SHA-256 of the input, lower-case hexadecimal. */
  readonly inputSha256: string;
  readonly outputBytes: number;
  readonly idempotencyKey: string | undefined;
}
