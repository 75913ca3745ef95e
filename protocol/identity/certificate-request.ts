import { createPublicKey, createSign, generateKeyPairSync } from "node:crypto";
import { Secret } from "@holdfast/foundation/secret.ts";

/** A request for a certificate, and the key that it is for. */
export interface CertificateRequest {
  /** PKCS #8, PEM. It never leaves whoever made the request. */
  readonly privateKeyPem: Secret<string>;
  /** PKCS #10 (RFC 2986), PEM. */
  readonly requestPem: string;
}

/**
 * Makes a P-256 key and a certificate request that is signed with it. The authority takes the public key
 * alone; the name in the request is for people who read it.
 */
export function makeCertificateRequest(options: {
  readonly commonName: string;
}): CertificateRequest {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const publicKey = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  const information = sequence([
    // Version 0 (RFC 2986, section 4.1).
    tagged(0x02, Buffer.of(0)),
    subject(options.commonName),
    publicKey,
    // No attributes.
    tagged(0xa0, Buffer.alloc(0)),
  ]);
  const signature = createSign("sha256").update(information).sign(privateKey);
  const request = sequence([
    information,
    // ecdsa-with-SHA256, 1.2.840.10045.4.3.2 (RFC 5758, section 3.2).
    sequence([tagged(0x06, Buffer.from("2a8648ce3d040302", "hex"))]),
    tagged(0x03, Buffer.concat([Buffer.of(0), signature])),
  ]);
  return {
    privateKeyPem: new Secret(privateKey.export({ format: "pem", type: "pkcs8" }).toString()),
    requestPem: pem("CERTIFICATE REQUEST", request),
  };
}

/** A name with one part: common name, 2.5.4.3 (RFC 5280, appendix A.1). */
function subject(commonName: string): Buffer {
  const attribute = sequence([
    tagged(0x06, Buffer.from("550403", "hex")),
    tagged(0x0c, Buffer.from(commonName, "utf8")),
  ]);
  return sequence([tagged(0x31, attribute)]);
}

function sequence(parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** Tag, length, value (X.690, 8.1). */
function tagged(tag: number, value: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(value), value]);
}

function lengthOf(value: Buffer): Buffer {
  if (value.length < 0x80) {
    return Buffer.of(value.length);
  }
  const digits = value.length.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes]);
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
