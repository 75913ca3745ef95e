/** The wall between customers. */
export interface Organization {
  /** `org_` and 22 base-62 digits. */
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly createdAtMs: number;
}
