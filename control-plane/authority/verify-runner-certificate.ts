import "reflect-metadata";
import { X509Certificate } from "node:crypto";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import { parseRunnerName, type RunnerName } from "@holdfast/protocol/identity/runner-name.ts";
import * as x509 from "@peculiar/x509";
import { isRoot, readCertificates } from "./certificate-chain.ts";
import { fingerprintOf, normalizeSerial } from "./certificates.ts";

/** A certificate that has passed every check that needs no database. */
export interface VerifiedRunnerCertificate {
  readonly name: RunnerName;
  /** Lower-case hexadecimal (RFC 5280, 4.1.2.2). */
  readonly serial: string;
  /** SHA-256 over the DER, lower-case hexadecimal. */
  readonly fingerprint: string;
  readonly expireAtMs: number;
}

/** What came of a check. */
export type RunnerCertificateVerdict =
  | { readonly ok: true; readonly certificate: VerifiedRunnerCertificate }
  | { readonly ok: false; readonly code: FailureCode; readonly message: string };

/** What {@link verifyRunnerCertificate} checks against. */
export interface RunnerTrust {
  /** The issuers of runners' certificates, PEM. A root among them is none: no runner has its certificate
   * from a root. */
  readonly trustPem: string;
  readonly trustDomain: string;
}

const refused = (code: FailureCode, message: string): RunnerCertificateVerdict => ({
  ok: false,
  code,
  message,
});

/**
 * Checks what a runner presented, in the order of admission (design.md, section 5): chain and purpose,
 * exactly one URI name of our trust domain, validity by our own clock. TLS has checked the chain before;
 * this is the lock that has a clock of its own and a reason for each refusal.
 *
 * @param der the end entity's certificate; undefined if none was presented.
 */
export function verifyRunnerCertificate(
  der: Uint8Array | undefined,
  trust: RunnerTrust,
  nowMs: number,
): RunnerCertificateVerdict {
  if (der === undefined || der.length === 0) {
    return refused("certificate.missing", "The runner presented no certificate.");
  }
  const native = readCertificate(der);
  if (native === undefined || !isIssuedByOne(native, trust.trustPem)) {
    return refused(
      "certificate.untrusted",
      "The certificate was not issued by this control plane's authority.",
    );
  }
  const certificate = new x509.X509Certificate(new Uint8Array(der));
  if (native.ca || !isForClients(certificate)) {
    return refused(
      "certificate.wrong_purpose",
      "The certificate is not one for client authentication.",
    );
  }
  const name = onlyNameOf(certificate);
  if (name?.trustDomain !== trust.trustDomain) {
    return refused(
      "certificate.malformed_name",
      "The certificate does not have exactly one name, of a runner of this installation.",
    );
  }
  if (nowMs < certificate.notBefore.getTime()) {
    return refused("certificate.not_yet_valid", "The certificate is not valid yet.");
  }
  if (nowMs >= certificate.notAfter.getTime()) {
    return refused("certificate.expired", "The certificate has expired.");
  }
  return {
    ok: true,
    certificate: {
      name,
      serial: normalizeSerial(certificate.serialNumber),
      fingerprint: fingerprintOf(der),
      expireAtMs: certificate.notAfter.getTime(),
    },
  };
}

function isIssuedByOne(certificate: X509Certificate, issuersPem: string): boolean {
  return readCertificates(issuersPem).some(
    (issuer) =>
      !isRoot(issuer) && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey),
  );
}

function isForClients(certificate: x509.X509Certificate): boolean {
  const purposes = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  return purposes.includes(x509.ExtendedKeyUsage.clientAuth);
}

/** The name of a certificate that has exactly one. */
function onlyNameOf(certificate: x509.X509Certificate): RunnerName | undefined {
  const names =
    certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const [only] = names;
  return names.length === 1 && only?.type === "url" ? parseRunnerName(only.value) : undefined;
}

/** Undefined for what is no certificate; the parser's reason would help nobody but an attacker. */
function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    return new X509Certificate(der);
  } catch {
    return undefined;
  }
}
