/** Wraps organization keys. Here a file; a key management service has the same shape. */
export interface MasterKey {
  /** Id of the key that wraps now. */
  readonly currentId: string;
  wrap(key: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
  /** @throws if `masterKeyId` is not known or the wrapped key was changed. */
  unwrap(masterKeyId: string, wrapped: Uint8Array, context: Uint8Array): Promise<Uint8Array>;
  /** Makes another key the current one; the others still unwrap. It is kept before it is used. */
  advance(): Promise<string>;
  /** Forgets every key but the current one; call it when nothing is wrapped by them any more. */
  forgetEarlier(): Promise<void>;
}
