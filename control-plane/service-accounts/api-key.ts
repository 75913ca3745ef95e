import { createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { isIdentifier, makeIdentifier, randomDigits } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Storage } from "../stores.ts";
import type { Peppers } from "./peppers.ts";
import type { ApiKey, ServiceAccount } from "./service-account.ts";

const secretDigits = 43;
const checksumDigits = 6;
const touchEveryMs = 60_000;
const shape = /^hf_([0-9A-Za-z]{22})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** What minting and proving API keys need. */
export interface ApiKeyDependencies {
  readonly clock: Clock;
  readonly random: Random;
  readonly peppers: Peppers;
}

/**
 * Makes an API key: `hf_<22 digits of its id>_<43 digits of secret><6 digits of checksum>`, all base 62.
 * The secret has 256 bits, so a keyed digest of it is enough; slow hashes are for passwords.
 *
 * @returns what is kept, and the key itself, which is not.
 */
export function mintApiKey(
  deps: ApiKeyDependencies,
  content: {
    readonly serviceAccountId: string;
    readonly organizationId: string | undefined;
    readonly description: string;
    readonly expireAtMs: number | undefined;
  },
): { readonly key: ApiKey; readonly token: Secret<string> } {
  const id = makeIdentifier("key", deps.random);
  const secret = randomDigits(secretDigits, deps.random);
  const body = `hf_${id.slice("key_".length)}_${secret}`;
  const pepper = deps.peppers.find(deps.peppers.currentId);
  if (pepper === undefined) {
    throw new Failure("store.unreadable", "The current pepper is missing.");
  }
  return {
    key: {
      id,
      ...content,
      digest: new Uint8Array(digestOf(pepper, id, secret)),
      pepperId: deps.peppers.currentId,
      createdAtMs: deps.clock.nowMs(),
      revokedAtMs: undefined,
      lastUsedAtMs: undefined,
    },
    token: new Secret(`${body}${checksumOf(body)}`),
  };
}

/** The id that a key names, if it has the shape and checksum of a key; for throttling and look-up. */
export function apiKeyIdOf(token: Secret<string>): string | undefined {
  const match = shape.exec(token.expose());
  if (match === null) {
    return undefined;
  }
  const [text, id = "", secret = "", checksum] = match;
  const body = text.slice(0, text.length - checksumDigits);
  return checksumOf(body) === checksum && isIdentifier("key", `key_${id}`) && secret !== ""
    ? `key_${id}`
    : undefined;
}

/**
 * Proves a service account by its API key.
 *
 * @throws {Failure} `identity.api_key_malformed` (nothing was looked up), `_unknown`, `_revoked`, `_expired`.
 */
export async function authenticateApiKey(
  deps: ApiKeyDependencies & { readonly storage: Storage },
  token: Secret<string>,
): Promise<{ readonly account: ServiceAccount; readonly key: ApiKey }> {
  const id = apiKeyIdOf(token);
  if (id === undefined) {
    throw new Failure(
      "identity.api_key_malformed",
      "This is not an API key: its form or checksum is wrong.",
    );
  }
  const { apiKeys, serviceAccounts } = deps.storage.read;
  const key = await apiKeys.find(id);
  if (key === undefined || !isProved(deps, key, token)) {
    throw new Failure("identity.api_key_unknown", "The API key is not on record.");
  }
  const nowMs = deps.clock.nowMs();
  if (key.revokedAtMs !== undefined) {
    throw new Failure("identity.api_key_revoked", "The API key has been revoked.");
  }
  if (key.expireAtMs !== undefined && key.expireAtMs <= nowMs) {
    throw new Failure("identity.api_key_expired", "The API key has expired.");
  }
  const account = await serviceAccounts.findById(key.serviceAccountId);
  if (account === undefined) {
    throw new Failure("identity.api_key_unknown", "The API key is not on record.");
  }
  if (nowMs - (key.lastUsedAtMs ?? 0) >= touchEveryMs) {
    await apiKeys.touch(key.id, nowMs);
  }
  return { account, key };
}

function isProved(deps: ApiKeyDependencies, key: ApiKey, token: Secret<string>): boolean {
  const pepper = deps.peppers.find(key.pepperId);
  const secret = token.expose().slice(-(secretDigits + checksumDigits), -checksumDigits);
  return pepper !== undefined && isEqual(digestOf(pepper, key.id, secret), key.digest);
}

/** HMAC-SHA-256 over id and secret, which have fixed lengths, so that one digest stands for one key. */
function digestOf(pepper: Secret<Buffer>, id: string, secret: string): Buffer {
  return createHmac("sha256", pepper.expose()).update(`${id}${secret}`).digest();
}

/** Compares in constant time. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

/** CRC-32 in 6 base-62 digits: finds typing errors before any look-up, and keys in leaked text. */
function checksumOf(body: string): string {
  const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  let rest = crc32(body);
  let digits = "";
  for (let at = 0; at < checksumDigits; at += 1) {
    digits = alphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
