import type { Random } from "./random.ts";

/** Prefixes of identifiers, one for each noun (design.md, section 2). */
export type IdentifierPrefix =
  | "org"
  | "run"
  | "sa"
  | "key"
  | "con"
  | "sec"
  | "var"
  | "op"
  | "tun"
  | "dek"
  | "kek"
  | "cor";

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const digitCount = 22;

/**
 * Makes an identifier: the prefix, `_` and 22 base-62 digits (131 bits), so that none ever recurs.
 */
export function makeIdentifier<Prefix extends IdentifierPrefix>(
  prefix: Prefix,
  random: Random,
): `${Prefix}_${string}` {
  return `${prefix}_${randomDigits(digitCount, random)}`;
}

/** `count` base-62 digits, each equally likely: bytes of 248 and more are drawn again. */
export function randomDigits(count: number, random: Random): string {
  let digits = "";
  while (digits.length < count) {
    for (const byte of random.bytes(count)) {
      if (byte < 248 && digits.length < count) {
        digits += alphabet.charAt(byte % 62);
      }
    }
  }
  return digits;
}

/** `value` in base 62, with leading zeros up to `count` digits. */
export function writeDigits(value: number, count: number): string {
  let digits = "";
  for (let rest = value; rest > 0; rest = Math.floor(rest / 62)) {
    digits = alphabet.charAt(rest % 62) + digits;
  }
  return digits.padStart(count, "0");
}

/** Whether `text` has the shape of an identifier with this prefix. */
export function isIdentifier(prefix: IdentifierPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-9A-Za-z]{22}$/.test(text.slice(prefix.length + 1));
}

/** Names of organizations, runners, connections and so on: like a DNS label (RFC 1123), from a letter on. */
export const namePattern: RegExp = /^[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** What {@link namePattern} allows, for messages. */
export const nameRule: string =
  "1 to 63 of a-z, 0-9 and `-`, beginning with a letter and not ending with `-`";
