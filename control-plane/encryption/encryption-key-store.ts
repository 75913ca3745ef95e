/** An organization's key, wrapped by the master key. */
export interface EncryptionKey {
  /** `dek_` and 22 base-62 digits. */
  readonly id: string;
  readonly organizationId: string;
  readonly masterKeyId: string;
  readonly wrapped: Uint8Array;
  /** False for keys that only open what was sealed before. */
  readonly isActive: boolean;
  readonly createdAtMs: number;
}

/** Where wrapped organization keys are kept. */
export interface EncryptionKeyStore {
  insert(key: EncryptionKey): Promise<void>;
  find(id: string): Promise<EncryptionKey | undefined>;
  findActive(organizationId: string): Promise<EncryptionKey | undefined>;
  /** All that are wrapped by another master key than `masterKeyId`; undefined means all. */
  list(exceptMasterKeyId: string | undefined): Promise<readonly EncryptionKey[]>;
  update(key: EncryptionKey): Promise<void>;
}
