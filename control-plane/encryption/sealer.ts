import type { Secret } from "@holdfast/foundation/secret.ts";

/** Which record a sealed value belongs to: bound to it, so that it opens nowhere else. */
export interface RecordIdentity {
  readonly organizationId: string;
  /** Kind of record, such as `secret` or `connection`. */
  readonly table: string;
  readonly recordId: string;
  /** Field and version, such as `value` and 3. */
  readonly field: string;
  readonly version: number;
}

/** Encrypts what is kept (envelope: master key -> organization key -> record; AES-256-GCM). */
export interface Sealer {
  /** Encrypts `value` for one record. */
  seal(identity: RecordIdentity, value: Secret<string>): Promise<Uint8Array>;
  /** @throws {Failure} `secret.undecryptable` if it was sealed for another record, or changed. */
  open(identity: RecordIdentity, sealed: Uint8Array): Promise<Secret<string>>;
}
