import { X509Certificate } from "node:crypto";
import type { Rule } from "../runner-workload/argument-check.ts";

/** IAM Roles Anywhere API Reference, SourceData, x509CertificateData. */
const charactersMax = 8_000;

/** Curves of keys that IAM Roles Anywhere takes, by the names that Node has for them. */
const curves = new Set(["prime256v1", "secp384r1"]);

/**
 * Certificates of authorities that IAM Roles Anywhere can trust, as PEM, and nothing else (IAM Roles Anywhere User
 * Guide, "Trust anchors": X.509v3, ECDSA or RSA, CA true). A key next to them would go to the vendor.
 */
export const certificateBundleRule: Rule<string> = (pem) => {
  if (pem.length > charactersMax) {
    return `must have at most ${charactersMax} characters`;
  }
  const blocks = pem.match(/-----BEGIN [^-]+-----[^-]*-----END [^-]+-----/g) ?? [];
  const others = pem.replaceAll(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g, "");
  if (blocks.length === 0 || others.trim() !== "") {
    return "must be certificates as PEM, and nothing else";
  }
  for (const [index, block] of blocks.entries()) {
    const problem = certificateProblem(block);
    if (problem !== undefined) {
      return `must be certificates of authorities that the service takes: number ${index + 1} ${problem}`;
    }
  }
  return undefined;
};

function certificateProblem(block: string): string | undefined {
  let certificate: X509Certificate;
  try {
    certificate = new X509Certificate(block);
  } catch {
    return "cannot be read";
  }
  if (!certificate.ca) {
    return "is not that of an authority";
  }
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  const curve = details?.namedCurve ?? "";
  const isTaken =
    (type === "ec" && curves.has(curve)) ||
    (type === "rsa" && (details?.modulusLength ?? 0) >= 2_048);
  return isTaken
    ? undefined
    : `has a key of the kind ${[type, curve].join(" ").trim()}; ECDSA P-256 and P-384 and RSA are taken`;
}
