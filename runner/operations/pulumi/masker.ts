import { scrub } from "@holdfast/foundation/scrub.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";

/** Lines of a secret shorter than this are not masked on their own: they are in every text. */
const lineLengthMin = 8;

/**
 * Replaces the secrets of one operation in text: each as it is, each of its longer lines, each as
 * Base64 and as JSON and URL write it; and, behind that, everything of the shape of a secret.
 */
export class Masker {
  readonly #values: readonly string[];

  constructor(secrets: readonly Secret<string>[]) {
    const forms = new Set(secrets.flatMap((secret) => formsOf(secret.expose())));
    // The longest first, so that no part of a secret is replaced and its rest left standing.
    this.#values = [...forms].sort((one, other) => other.length - one.length);
  }

  mask(text: string): string {
    return scrub(text, this.#values);
  }
}

function formsOf(value: string): readonly string[] {
  const trimmed = value.trim();
  return [
    value,
    trimmed,
    ...value.split(/\r?\n/).filter((line) => line.length >= lineLengthMin),
    Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"),
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value),
  ].filter((form) => form !== "");
}
