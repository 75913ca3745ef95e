/** Randomness, as something a caller hands in, so that a test decides what is drawn. */
export interface Random {
  /** `length` bytes from a cryptographically strong source. */
  bytes(length: number): Uint8Array;

  /** A number of at least 0 and less than 1, for jitter; not for secrets. */
  fraction(): number;
}
