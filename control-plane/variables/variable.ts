/** A value that is no secret. */
export interface Variable {
  /** `var_` and 22 base-62 digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly description: string;
  readonly value: string;
  /** Counts from 1. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
