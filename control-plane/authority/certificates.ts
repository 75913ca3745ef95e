// The library needs its polyfill before it is loaded itself (@peculiar/x509 2, tsyringe).
import "reflect-metadata";
import { createHash, type KeyObject, webcrypto } from "node:crypto";
import type { Random } from "@holdfast/foundation/random.ts";
import * as x509 from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate with the key that it is for. */
export interface KeyedCertificate {
  readonly certificate: x509.X509Certificate;
  readonly privateKey: webcrypto.CryptoKey;
}

/** What goes into a certificate. */
export interface CertificateContent {
  readonly commonName: string;
  readonly publicKey: x509.PublicKey | webcrypto.CryptoKey;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly extensions: readonly x509.Extension[];
}

/** Makes a P-256 key pair. */
export async function makeKeyPair(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

/** Signs a certificate; without an issuer it signs itself. */
export async function sign(
  content: CertificateContent,
  signer: { readonly issuer?: KeyedCertificate; readonly privateKey: webcrypto.CryptoKey },
  random: Random,
): Promise<x509.X509Certificate> {
  return await x509.X509CertificateGenerator.create({
    serialNumber: makeSerial(random),
    subject: `CN=${content.commonName}`,
    issuer: signer.issuer?.certificate.subject ?? `CN=${content.commonName}`,
    notBefore: new Date(content.notBeforeMs),
    notAfter: new Date(content.notAfterMs),
    signingAlgorithm: algorithm,
    publicKey: content.publicKey,
    signingKey: signer.privateKey,
    extensions: [
      ...content.extensions,
      await x509.SubjectKeyIdentifierExtension.create(content.publicKey),
      ...(signer.issuer === undefined
        ? []
        : [await x509.AuthorityKeyIdentifierExtension.create(signer.issuer.certificate)]),
    ],
  });
}

/** A serial number of 127 random bits, positive and not zero (RFC 5280, 4.1.2.2). */
function makeSerial(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}

/** Extensions of an authority that may have `pathLength` authorities below it. */
export function authorityExtensions(pathLength: number): readonly x509.Extension[] {
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
  ];
}

/** Extensions of an end entity: one purpose, and the names it is for. */
export function leafExtensions(
  purpose: "client" | "server",
  names: x509.JsonGeneralNames,
): readonly x509.Extension[] {
  const usage =
    purpose === "client" ? x509.ExtendedKeyUsage.clientAuth : x509.ExtendedKeyUsage.serverAuth;
  return [
    new x509.BasicConstraintsExtension(false, undefined, true),
    new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
    new x509.ExtendedKeyUsageExtension([usage]),
    new x509.SubjectAlternativeNameExtension(names),
  ];
}

/** SHA-256 over the DER, in lower-case hexadecimal. */
export function fingerprintOf(der: ArrayBuffer | Uint8Array): string {
  return createHash("sha256").update(new Uint8Array(der)).digest("hex");
}

/** A serial number as we keep it: lower-case hexadecimal without leading zeros. */
export function normalizeSerial(serial: string): string {
  return serial.toLowerCase().replace(/^0+(?=.)/, "");
}

/** PEM text with a newline at its end. */
export function pemOf(certificate: x509.X509Certificate): string {
  return `${certificate.toString("pem").trim()}\n`;
}

/** A private key as PKCS #8 PEM. */
export async function exportPrivateKey(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key)).toString("base64");
  const lines = der.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join("\n")}\n-----END PRIVATE KEY-----\n`;
}

/** Reads a private key that we exported. */
export async function importPrivateKey(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const der = key.export({ format: "der", type: "pkcs8" });
  return await webcrypto.subtle.importKey("pkcs8", new Uint8Array(der), algorithm, true, ["sign"]);
}
