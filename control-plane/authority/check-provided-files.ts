import type { KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import { isRoot, leadsToRoot, readCertificates } from "./certificate-chain.ts";
import { providedFileNames as names, type ProvidedFiles } from "./provided-files.ts";

/** Object identifier of TLS server authentication (RFC 5280, 4.2.1.12). */
const serverAuthentication = "1.3.6.1.5.5.7.3.1";

/** What the files are checked against. */
export interface ProvidedFilesUse {
  /** Hosts that runners and callers are told to connect to. */
  readonly serverNames: readonly string[];
  readonly nowMs: number;
}

/** What a problem is told to: the name of a file, and what must be. */
type Report = (file: string, problem: string) => void;

/**
 * Everything that is wrong with the files of a provided authority: they must be complete and belong together.
 * Each problem has the name of its file, and no content.
 */
export function checkProvidedFiles(
  files: ProvidedFiles,
  use: ProvidedFilesUse,
): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const report: Report = (field, problem) => {
    problems.push({ field, problem });
  };
  const roots = read(names.trust, files.trustPem, report);
  if (!roots.every(isRoot)) {
    report(names.trust, "must have roots only: certificates that signed themselves");
  }
  const signers = read(names.issuer, files.issuerPem, report);
  checkKey(names.issuerKey, files.issuerKey, report);
  for (const issuer of signers.slice(0, 1)) {
    checkIssuer({ file: names.issuer, issuer, between: signers, roots }, report);
    checkUsable(names.issuer, issuer, use, report);
    checkPair({ file: names.issuerKey, of: names.issuer }, issuer, files.issuerKey, report);
  }
  const isAlone = files.otherIssuersPem === "";
  const others = isAlone ? [] : read(names.otherIssuers, files.otherIssuersPem, report);
  for (const issuer of others) {
    const between = [...others, ...signers];
    checkIssuer({ file: names.otherIssuers, issuer, between, roots }, report);
  }
  const chain = read(names.server, files.serverPem, report);
  checkKey(names.serverKey, files.serverKey, report);
  for (const server of chain.slice(0, 1)) {
    checkServer({ server, between: chain, roots }, use, report);
    checkUsable(names.server, server, use, report);
    checkPair({ file: names.serverKey, of: names.server }, server, files.serverKey, report);
  }
  return problems;
}

function read(file: string, pem: string, report: Report): readonly X509Certificate[] {
  let found: readonly X509Certificate[] = [];
  try {
    found = readCertificates(pem);
  } catch {
    // Told below, without the library's words.
  }
  if (found.length === 0) {
    report(file, "must be there, and have a certificate as PEM");
  }
  return found;
}

function checkKey(file: string, key: KeyObject | undefined, report: Report): void {
  if (key?.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    report(file, "must be there, and have a P-256 private key as PEM");
  }
}

function checkPair(
  { file, of }: { readonly file: string; readonly of: string },
  certificate: X509Certificate,
  key: KeyObject | undefined,
  report: Report,
): void {
  if (key !== undefined && !certificate.checkPrivateKey(key)) {
    report(file, `must be the key of the first certificate in ${of}`);
  }
}

function checkIssuer(
  given: {
    readonly file: string;
    readonly issuer: X509Certificate;
    readonly between: readonly X509Certificate[];
    readonly roots: readonly X509Certificate[];
  },
  report: Report,
): void {
  const { file, issuer, between, roots } = given;
  if (!issuer.ca || isRoot(issuer)) {
    report(file, "must have issuers: authorities below a root");
  } else if (isAstray(issuer, between, roots)) {
    report(file, `must lead to a root in ${names.trust}`);
  }
}

function checkServer(
  given: {
    readonly server: X509Certificate;
    readonly between: readonly X509Certificate[];
    readonly roots: readonly X509Certificate[];
  },
  { serverNames }: ProvidedFilesUse,
  report: Report,
): void {
  const { server, between, roots } = given;
  // Typed as always there; a certificate without the extension has none, and is for everything.
  const uses = server.keyUsage as readonly string[] | undefined;
  if (server.ca || uses?.includes(serverAuthentication) !== true) {
    report(names.server, "must begin with a certificate for server authentication");
  } else if (isAstray(server, between, roots)) {
    report(names.server, `must lead to a root in ${names.trust}`);
  }
  const missing = serverNames.filter((name) => !isFor(server, name));
  if (missing.length > 0) {
    report(names.server, `must be for ${missing.join(", ")}, where runners are told to connect`);
  }
}

/** Without any root, that is what is wrong. */
function isAstray(
  certificate: X509Certificate,
  between: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): boolean {
  return roots.length > 0 && !leadsToRoot(certificate, between, roots);
}

function checkUsable(
  file: string,
  certificate: X509Certificate,
  { nowMs }: ProvidedFilesUse,
  report: Report,
): void {
  if (nowMs >= certificate.validToDate.getTime()) {
    report(file, "must not have expired");
  }
}

function isFor(certificate: X509Certificate, name: string): boolean {
  const found = isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name);
  return found !== undefined;
}
