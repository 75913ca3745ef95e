const mask = "[secret]";

/** Shapes that are secret wherever they stand: API keys, PEM private keys, bearer tokens, JWTs, cloud keys. */
const shapes: readonly RegExp[] = [
  /hf_[0-9A-Za-z]{4,40}_[0-9A-Za-z]{8,}/g,
  /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----|$)/g,
  /\bBearer\s+[\w.~+/=-]{8,}/gi,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g,
];

/**
 * The last scrubber: replaces everything in `text` that has the shape of a secret, and every one of
 * `values`, by `[secret]`. It stands behind redaction by field, for what slipped into free text.
 *
 * @param values secrets known to the caller; those shorter than 4 characters are left alone, since
 *   replacing them would only make the text unreadable.
 */
export function scrub(text: string, values: Iterable<string> = []): string {
  let clean = text;
  for (const value of values) {
    if (value.length >= 4) {
      clean = clean.replaceAll(value, mask);
    }
  }
  for (const shape of shapes) {
    clean = clean.replace(shape, mask);
  }
  return clean;
}
