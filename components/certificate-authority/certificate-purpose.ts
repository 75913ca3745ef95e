/** What a certificate of another issuer is for. A constant and no union, so that it has a name in every
 * language of Pulumi. */
export const CertificatePurpose = {
  /** A server's: the control plane presents it. */
  Server: "server",
  /** The issuer that signs runners' certificates: the control plane has its key. */
  RunnerIssuer: "runner-issuer",
} as const;

/** One of {@link CertificatePurpose}. */
export type CertificatePurpose = (typeof CertificatePurpose)[keyof typeof CertificatePurpose];
