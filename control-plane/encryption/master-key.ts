import type { Secret } from "@holdfast/foundation/secret.ts";

/** Which organization key is wrapped: bound to it, so that it unwraps as no other. */
export interface WrappedKeyIdentity {
  readonly organizationId: string;
  readonly keyId: string;
}

/** What wraps organization keys. A file here; a key management service elsewhere, which never shows it. */
export interface MasterKey {
  /** Wraps under the newest master key, and says which one that is. */
  wrap(
    identity: WrappedKeyIdentity,
    key: Secret<Uint8Array>,
  ): Promise<{ readonly masterKeyId: string; readonly wrapped: Uint8Array }>;
  /**
   * @throws {Failure} `secret.undecryptable` if the master key is not at hand, or what is wrapped is
   *   another key or was changed.
   */
  unwrap(
    identity: WrappedKeyIdentity,
    masterKeyId: string,
    wrapped: Uint8Array,
  ): Promise<Secret<Uint8Array>>;
}

/** A master key that can be replaced. */
export interface RotatableMasterKey extends MasterKey {
  /** Makes a new master key and keeps it safely before it is used; the earlier ones still unwrap. */
  advance(): Promise<string>;
  /** Forgets every master key but the newest. Nothing may be wrapped by them any more. */
  dropEarlier(): Promise<void>;
}
