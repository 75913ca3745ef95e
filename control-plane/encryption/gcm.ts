import { createCipheriv, createDecipheriv } from "node:crypto";
import type { Random } from "@holdfast/foundation/random.ts";

const nonceBytes = 12;
const tagBytes = 16;

/** Encrypts with AES-256-GCM (NIST SP 800-38D): nonce, ciphertext, tag. */
export function encrypt(
  key: Uint8Array,
  plaintext: Uint8Array,
  additional: Uint8Array,
  random: Random,
): Buffer {
  const nonce = random.bytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(additional);
  return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what {@link encrypt} made.
 *
 * @throws if it was made with another key or other additional data, or was changed. The tag's length is
 *   given, because Node accepts shorter tags otherwise.
 */
export function decrypt(key: Uint8Array, sealed: Uint8Array, additional: Uint8Array): Buffer {
  if (sealed.length < nonceBytes + tagBytes) {
    throw new Error("too short to be sealed");
  }
  const nonce = sealed.subarray(0, nonceBytes);
  const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  decipher.setAAD(additional);
  decipher.setAuthTag(sealed.subarray(sealed.length - tagBytes));
  const ciphertext = sealed.subarray(nonceBytes, sealed.length - tagBytes);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

/** Joins texts so that no two lists of texts give the same bytes: each with its length in front. */
export function joinWithLengths(texts: readonly string[]): Buffer {
  return Buffer.concat(
    texts.flatMap((text) => {
      const bytes = Buffer.from(text, "utf8");
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}
