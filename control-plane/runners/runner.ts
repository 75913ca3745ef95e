/** A process in the customer's infrastructure that executes operations. */
export interface Runner {
  /** `run_` and 22 base-62 digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly description: string;
  readonly isEnabled: boolean;
  /** Undefined until credentials have been generated. */
  readonly serviceAccountId: string | undefined;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number | undefined;
}

/** One generation of a runner's credentials, without its secrets. */
export interface RunnerCredentials {
  readonly runnerId: string;
  readonly organizationId: string;
  /** Counts from 1 within the runner. */
  readonly generation: number;
  /** Lower-case hexadecimal (RFC 5280, 4.1.2.2). */
  readonly certificateSerial: string;
  /** SHA-256 over the DER, lower-case hexadecimal. */
  readonly certificateFingerprint: string;
  readonly apiKeyId: string;
  readonly createdAtMs: number;
  /** The certificate's notAfter. */
  readonly expireAtMs: number;
  readonly revokedAtMs: number | undefined;
  /** Set while an overlap runs: revoked then, or once a newer generation has connected. */
  readonly revokeAfterMs: number | undefined;
  readonly firstConnectedAtMs: number | undefined;
}
