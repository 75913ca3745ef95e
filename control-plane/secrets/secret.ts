/** What is known of a secret; never its value. */
export interface ManagedSecret {
  /** `sec_` and 22 base-62 digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly name: string;
  readonly description: string;
  /** The newest version; counts from 1. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** One version of a secret, encrypted. */
export interface SecretVersion {
  readonly secretId: string;
  readonly organizationId: string;
  readonly version: number;
  /** Undefined once the version has been destroyed. */
  readonly sealed: Uint8Array | undefined;
  readonly createdAtMs: number;
}
