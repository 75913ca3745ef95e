/**
 * What a generation of the authority is used for. Forward only: `trusted`, `active`, `trusted` again once
 * another one is active, `retired`. A constant and no union, so that it has a name in every language of Pulumi.
 */
export const CertificateGenerationState = {
  /** In the trust bundle; signs nothing. The first step of a new one, and the last of an old one. */
  Trusted: "trusted",
  /** In the trust bundle; signs everything. Exactly one is. */
  Active: "active",
  /** In no output. Its keys may be removed from the stack. */
  Retired: "retired",
} as const;

/** One of {@link CertificateGenerationState}. */
export type CertificateGenerationState =
  (typeof CertificateGenerationState)[keyof typeof CertificateGenerationState];
