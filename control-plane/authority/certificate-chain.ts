import { X509Certificate } from "node:crypto";

/** Authorities between an end entity and its root: more than any installation has. */
const depthMax = 8;

/** Every certificate of a text, in its order. @throws {Error} if what looks like one is none. */
export function readCertificates(pem: string): readonly X509Certificate[] {
  const found = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return found.map((each) => new X509Certificate(each));
}

/** Whether a certificate is a root: it signed itself. */
export function isRoot(certificate: X509Certificate): boolean {
  return certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey);
}

/** Whether signatures lead from a certificate to one of the roots, through authorities of `between` at most. */
export function leadsToRoot(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): boolean {
  let current = certificate;
  for (let depth = 0; depth < depthMax; depth += 1) {
    const isSigner = (each: X509Certificate): boolean =>
      each.ca && current.checkIssued(each) && current.verify(each.publicKey);
    if (roots.some(isSigner)) {
      return true;
    }
    const signer = between.find((each) => each !== current && isSigner(each));
    if (signer === undefined) {
      return false;
    }
    current = signer;
  }
  return false;
}
