import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "@holdfast/foundation/random.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";

const algorithm = "aes-256-gcm";
/** NIST SP 800-38D, 5.2.1.1: 96 bits, drawn at random (8.2.2); up to 2^32 values under one key. */
const nonceBytes = 12;
/** Node accepts shorter tags unless it is told the length, and with them forgeries. */
const authTagLength = 16;

/** AES-256-GCM. shape: nonce (12 bytes), what was encrypted, tag (16 bytes). */
export function sealBytes(
  key: Secret<Uint8Array>,
  plain: Uint8Array,
  bound: { readonly aad: Uint8Array; readonly random: Random },
): Uint8Array {
  const nonce = bound.random.bytes(nonceBytes);
  const cipher = createCipheriv(algorithm, key.expose(), nonce, { authTagLength });
  cipher.setAAD(bound.aad);
  const encrypted = Buffer.concat([cipher.update(plain), cipher.final()]);
  return new Uint8Array(Buffer.concat([nonce, encrypted, cipher.getAuthTag()]));
}

/** @throws if it was sealed under another key, with another `aad`, or changed. */
export function openBytes(
  key: Secret<Uint8Array>,
  sealed: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  if (sealed.length < nonceBytes + authTagLength) {
    throw new Error("shorter than a nonce and a tag");
  }
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv(algorithm, key.expose(), nonce, { authTagLength });
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(-authTagLength));
  const encrypted = sealed.subarray(nonceBytes, -authTagLength);
  return new Uint8Array(Buffer.concat([decipher.update(encrypted), decipher.final()]));
}

/**
 * Fields as bytes, each after its length (4 bytes, big endian), so that no two lists of fields give the
 * same bytes.
 */
export function encodeFields(fields: readonly string[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(
      fields.flatMap((field) => {
        const bytes = Buffer.from(field, "utf8");
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return [length, bytes];
      }),
    ),
  );
}
