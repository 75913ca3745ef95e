// The library needs its polyfill before it is loaded itself (@peculiar/x509 2, tsyringe).
import "reflect-metadata";
import { createHash, randomBytes, X509Certificate } from "node:crypto";
import * as x509 from "@peculiar/x509";
import { type Created, isValues, textOf, type Value, type Values } from "./stand-in-provider.ts";
import { type Signer, signerFrom } from "./tls-keys.ts";

/** Names of the provider's `allowed_uses` (terraform-provider-tls 4, common_cert.go): a key usage or an extended one. */
export const allowedUses: Readonly<Record<string, x509.KeyUsageFlags | string>> = {
  digital_signature: x509.KeyUsageFlags.digitalSignature,
  content_commitment: x509.KeyUsageFlags.nonRepudiation,
  key_encipherment: x509.KeyUsageFlags.keyEncipherment,
  data_encipherment: x509.KeyUsageFlags.dataEncipherment,
  key_agreement: x509.KeyUsageFlags.keyAgreement,
  cert_signing: x509.KeyUsageFlags.keyCertSign,
  crl_signing: x509.KeyUsageFlags.cRLSign,
  encipher_only: x509.KeyUsageFlags.encipherOnly,
  decipher_only: x509.KeyUsageFlags.decipherOnly,
  any_extended: "2.5.29.37.0",
  server_auth: x509.ExtendedKeyUsage.serverAuth,
  client_auth: x509.ExtendedKeyUsage.clientAuth,
  code_signing: x509.ExtendedKeyUsage.codeSigning,
  email_protection: x509.ExtendedKeyUsage.emailProtection,
  timestamping: x509.ExtendedKeyUsage.timeStamping,
  ocsp_signing: x509.ExtendedKeyUsage.ocspSigning,
};

/** Attributes of a subject, by the provider's names (RFC 4519). */
const attributes: Readonly<Record<string, string>> = {
  commonName: "CN",
  organization: "O",
  organizationalUnit: "OU",
  country: "C",
  locality: "L",
  province: "ST",
  postalCode: "2.5.4.17",
  serialNumber: "2.5.4.5",
};

/** A certificate request of the inputs' names, signed with the inputs' key. */
export async function makeRequest(inputs: Values): Promise<Created> {
  const { keys, algorithm, kind } = await signerFrom(keyIn(inputs, "privateKeyPem"));
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: subjectOf(inputs["subject"]),
    keys,
    signingAlgorithm: algorithm,
    extensions: namesIn(inputs),
  });
  const pem = `${request.toString("pem")}\n`;
  return {
    id: createHash("sha1").update(pem).digest("hex"),
    outputs: { certRequestPem: pem, keyAlgorithm: kind },
  };
}

/** What is signed, and by whom. */
export interface Signing {
  readonly requestPem: string;
  /** Left out, the certificate signs itself. */
  readonly caCertificatePem?: string;
}

/**
 * A certificate for a request, as Go's x509.CreateCertificate makes it for the provider: valid from now on,
 * names from the request (no e-mail addresses), an authority always with a SubjectKeyIdentifier.
 *
 * @throws if the key is not the authority's.
 */
export async function issueCertificate(
  inputs: Values,
  { requestPem, caCertificatePem }: Signing,
  nowMs: number,
): Promise<Created> {
  const isSelfSigned = caCertificatePem === undefined;
  const signer = await signerFrom(
    keyIn(inputs, isSelfSigned ? "privateKeyPem" : "caPrivateKeyPem"),
  );
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  const issuer = isSelfSigned ? undefined : new x509.X509Certificate(caCertificatePem);
  await assertMatch(issuer, signer);
  const notAfterMs = nowMs + Number(inputs["validityPeriodHours"]) * 3_600_000;
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: makeSerial(),
    subject: request.subjectName.toJSON(),
    issuer: (issuer?.subjectName ?? request.subjectName).toJSON(),
    notBefore: new Date(nowMs),
    notAfter: new Date(notAfterMs),
    signingAlgorithm: signer.algorithm,
    publicKey: request.publicKey,
    signingKey: signer.keys.privateKey,
    extensions: await extensionsOf(inputs, request, issuer),
  });
  const pem = `${certificate.toString("pem")}\n`;
  return {
    id: new X509Certificate(pem).serialNumber,
    outputs: {
      certPem: pem,
      validityStartTime: new Date(nowMs).toISOString(),
      validityEndTime: new Date(notAfterMs).toISOString(),
      readyForRenewal: false,
      earlyRenewalHours: inputs["earlyRenewalHours"] ?? 0,
      ...(isSelfSigned ? { keyAlgorithm: signer.kind } : { caKeyAlgorithm: signer.kind }),
    },
  };
}

/** Go refuses to sign with a key that is not the parent's: "provided PrivateKey doesn't match parent's PublicKey". */
async function assertMatch(
  issuer: x509.X509Certificate | undefined,
  signer: Signer,
): Promise<void> {
  const own = await x509.PublicKey.create(signer.keys.publicKey);
  if (
    issuer !== undefined &&
    !Buffer.from(issuer.publicKey.rawData).equals(Buffer.from(own.rawData))
  ) {
    throw new Error("caPrivateKeyPem is not the key of caCertPem");
  }
}

async function extensionsOf(
  inputs: Values,
  request: x509.Pkcs10CertificateRequest,
  issuer: x509.X509Certificate | undefined,
): Promise<x509.Extension[]> {
  const isAuthority = inputs["isCaCertificate"] === true;
  const length = inputs["maxPathLength"];
  const names = request.extensions.find(
    (extension) => extension instanceof x509.SubjectAlternativeNameExtension,
  );
  const hasKeyId = isAuthority || inputs["setSubjectKeyId"] === true;
  const issuerKeyId = issuer?.getExtension(x509.SubjectKeyIdentifierExtension);
  const ownKeyId = await x509.SubjectKeyIdentifierExtension.create(request.publicKey);
  const authorityKeyId = inputs["setAuthorityKeyId"] === true ? ownKeyId.keyId : issuerKeyId?.keyId;
  return [
    ...usagesIn(inputs["allowedUses"]),
    new x509.BasicConstraintsExtension(
      isAuthority,
      isAuthority && typeof length === "number" && length >= 0 ? length : undefined,
      true,
    ),
    ...(hasKeyId ? [ownKeyId] : []),
    ...(authorityKeyId === undefined
      ? []
      : [new x509.AuthorityKeyIdentifierExtension(authorityKeyId)]),
    ...(names === undefined ? [] : [names]),
  ];
}

function usagesIn(value: Value | undefined): x509.Extension[] {
  const uses = Array.isArray(value) ? value.map((use: Value) => allowedUses[String(use)]) : [];
  const flags = uses.filter((use) => typeof use === "number");
  const extended = uses.filter((use) => typeof use === "string");
  return [
    ...(flags.length === 0
      ? []
      : [
          new x509.KeyUsagesExtension(
            flags.reduce((all, flag) => all | flag, 0),
            true,
          ),
        ]),
    ...(extended.length === 0 ? [] : [new x509.ExtendedKeyUsageExtension(extended)]),
  ];
}

function namesIn(inputs: Values): x509.Extension[] {
  const of = (property: string, type: "dns" | "ip" | "url") => {
    const values = inputs[property];
    return Array.isArray(values)
      ? values.map((value: Value) => ({ type, value: String(value) }))
      : [];
  };
  const names = [...of("dnsNames", "dns"), ...of("ipAddresses", "ip"), ...of("uris", "url")];
  return names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)];
}

function subjectOf(subject: Value | undefined): x509.JsonName {
  const values = isValues(subject) ? subject : {};
  return Object.entries(attributes).flatMap(([property, type]) => {
    const value = values[property];
    return typeof value === "string" ? [{ [type]: [value] }] : [];
  });
}

function keyIn(inputs: Values, property: string): string {
  return textOf(inputs, property) || textOf(inputs, `${property}Wo`);
}

/** 128 random bits, positive (common_cert.go; RFC 5280, 4.1.2.2). */
function makeSerial(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8((bytes.readUInt8(0) & 0x7f) | 0x40, 0);
  return bytes.toString("hex");
}
