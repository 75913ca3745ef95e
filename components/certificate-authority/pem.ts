import { X509Certificate } from "node:crypto";

const certificatePattern = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Each certificate of a text, as PEM with a newline at its end. */
export function splitCertificates(pem: string): readonly string[] {
  return (pem.match(certificatePattern) ?? []).map((each) => `${each}\n`);
}

/** Certificates one after the other, each as PEM with a newline at its end and each only once. */
export function joinCertificates(pems: readonly string[]): string {
  return [...new Set(pems.flatMap(splitCertificates))].join("");
}

/** SHA-256 over the DER of a text's first certificate, in lower-case hexadecimal. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();
}

/** Whether a certificate is a root: it signed itself. */
export function isRoot(pem: string): boolean {
  const certificate = new X509Certificate(pem);
  return certificate.subject === certificate.issuer && certificate.verify(certificate.publicKey);
}

/** Authorities between an end entity and its root: more than any installation has. */
const chainLengthMax = 8;

/** A chain as TLS needs it, in two groups. */
export interface CertificateChain {
  /** What is presented, PEM: the first certificate, then those above it in order (RFC 8446, 4.4.2). */
  readonly certificatePem: string;
  /** The root, PEM: what it is checked against. */
  readonly certificateAuthorityPem: string;
}

/**
 * Follows the signatures from the first certificate to the root; undefined if they lead to none.
 *
 * @param pem the first certificate, then the others in any order.
 */
export function orderChain(pem: string): CertificateChain | undefined {
  const [first, ...others] = splitCertificates(pem);
  if (first === undefined) {
    return undefined;
  }
  const presented = [first];
  let current = first;
  while (presented.length <= chainLengthMax) {
    const signer = others.find((each) => each !== current && isSignedBy(current, each));
    if (signer === undefined) {
      return undefined;
    }
    if (isRoot(signer)) {
      return { certificatePem: presented.join(""), certificateAuthorityPem: signer };
    }
    presented.push(signer);
    current = signer;
  }
  return undefined;
}

function isSignedBy(pem: string, signerPem: string): boolean {
  const certificate = new X509Certificate(pem);
  const signer = new X509Certificate(signerPem);
  return signer.ca && certificate.checkIssued(signer) && certificate.verify(signer.publicKey);
}
