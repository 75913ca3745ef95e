import type { Secret } from "@holdfast/foundation/secret.ts";

/** Who a certificate is made for. */
export interface CertificateSubject {
  readonly organizationId: string;
  readonly runnerId: string;
}

/** A certificate that was just issued. */
export interface IssuedCertificate {
  /** The certificate followed by its issuer's, PEM. */
  readonly certificatePem: string;
  /** Lower-case hexadecimal (RFC 5280, 4.1.2.2). */
  readonly serial: string;
  /** SHA-256 over the DER, lower-case hexadecimal. */
  readonly fingerprint: string;
  /** notAfter, in milliseconds since the epoch. */
  readonly expireAtMs: number;
}

/** Issues runners' certificates. */
export interface CertificateAuthority {
  readonly trustDomain: string;
  /** What a runner checks the control plane's certificate against, PEM. */
  readonly serverTrustPem: string;
  /**
   * Issues from a PKCS #10 request (RFC 2986): only its public key is taken; names come from `subject`.
   *
   * @throws {Failure} `certificate.request_invalid` if it is malformed, not P-256 or not signed by its key.
   */
  issueFromRequest(
    subject: CertificateSubject,
    requestPem: string,
    lifetimeMs: number,
  ): Promise<IssuedCertificate>;
  /** Makes a key, issues for it, and keeps nothing of the key. */
  issueWithKey(
    subject: CertificateSubject,
    lifetimeMs: number,
  ): Promise<IssuedCertificate & { readonly privateKeyPem: Secret<string> }>;
}
