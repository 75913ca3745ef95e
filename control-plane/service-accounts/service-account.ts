/** What a service account may do in its organization; each includes the one before. */
export type Role = "viewer" | "operator" | "administrator";

/** Who a program is. */
export interface ServiceAccount {
  /** `sa_` and 22 base-62 digits. */
  readonly id: string;
  /** Undefined for an administrator of the installation. */
  readonly organizationId: string | undefined;
  readonly name: string;
  readonly description: string;
  readonly role: Role;
  /** Set if the account is a runner's. */
  readonly runnerId: string | undefined;
  readonly createdAtMs: number;
}

/** What is kept of an API key: never the key, only a keyed digest of it. */
export interface ApiKey {
  /** `key_` and 22 base-62 digits. */
  readonly id: string;
  readonly serviceAccountId: string;
  readonly organizationId: string | undefined;
  readonly description: string;
  /** HMAC-SHA-256 of the key's secret part under the pepper `pepperId`. */
  readonly digest: Uint8Array;
  readonly pepperId: string;
  readonly createdAtMs: number;
  readonly expireAtMs: number | undefined;
  readonly revokedAtMs: number | undefined;
  readonly lastUsedAtMs: number | undefined;
}
