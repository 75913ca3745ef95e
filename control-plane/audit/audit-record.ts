/** Something that happened, to be recorded. */
export interface AuditEvent {
  /** Whose chain it goes to; undefined for the installation's own. */
  readonly organizationId: string | undefined;
  /** Id of the service account or runner, `system`, or `anonymous`. */
  readonly actor: string;
  /** What happened, such as `runner.credentials_regenerated` or `operation.succeeded`. */
  readonly action: string;
  /** Id of what it happened to. */
  readonly subject: string;
  /** Flat, without secrets. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** One link of a chain (docs/audit.md). */
export interface AuditRecord extends AuditEvent {
  /** Counts from 1 within a chain, without gaps. */
  readonly sequence: number;
  readonly atMs: number;
  readonly previousHash: string;
  readonly hash: string;
}
