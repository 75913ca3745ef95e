import { createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { assert, Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier, randomDigits, writeDigits } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Peppers } from "./peppers.ts";
import type { ApiKey } from "./service-account.ts";

/** 43 base-62 digits are 256 bits. */
const secretDigits = 43;
/** 6 base-62 digits hold the 32 bits of a CRC. */
const checksumDigits = 6;
const shape = /^hf_([0-9A-Za-z]{22})_([0-9A-Za-z]{43})([0-9A-Za-z]{6})$/;

/** What a new API key is for. */
export interface ApiKeyContent {
  readonly serviceAccountId: string;
  /** Undefined for a key of the installation. */
  readonly organizationId: string | undefined;
  readonly description: string;
  /** Undefined for a key without an end, in milliseconds since the epoch. */
  readonly expireAtMs: number | undefined;
}

/** A key that was just minted: what is kept of it, and the key itself, which is not. */
export interface MintedApiKey {
  readonly key: ApiKey;
  readonly token: Secret<string>;
}

/** A key as it was presented: which one, and what proves it. */
export interface PresentedApiKey {
  readonly id: string;
  readonly secret: Secret<string>;
}

/**
 * Mints an API key. Writes nothing: the caller inserts `key`, and hands out `token` once.
 *
 * shape: `hf_`, 22 base-62 digits of the id, `_`, 43 of the secret, 6 of a CRC-32 over all before them,
 * so that a key that was cut or mistyped is refused without a look into the store, and that scanners
 * find leaked ones without false alarms.
 */
export function mintApiKey(
  deps: { readonly random: Random; readonly clock: Clock; readonly peppers: Peppers },
  content: ApiKeyContent,
): MintedApiKey {
  const id = makeIdentifier("key", deps.random);
  const secret = new Secret(randomDigits(secretDigits, deps.random));
  const { id: pepperId, pepper } = deps.peppers.active;
  const checked = `hf_${id.slice("key_".length)}_${secret.expose()}`;
  return {
    key: {
      id,
      serviceAccountId: content.serviceAccountId,
      organizationId: content.organizationId,
      description: content.description,
      digest: digestOf(secret, pepper),
      pepperId,
      createdAtMs: deps.clock.nowMs(),
      expireAtMs: content.expireAtMs,
      revokedAtMs: undefined,
      lastUsedAtMs: undefined,
    },
    token: new Secret(`${checked}${checksumOf(checked)}`),
  };
}

/** @throws {Failure} `identity.api_key_malformed` if it was cut, mistyped or is none of ours. */
export function parseApiKey(token: Secret<string>): PresentedApiKey {
  const text = token.expose();
  const [, id, secret, checksum] = shape.exec(text) ?? [];
  if (
    id === undefined ||
    secret === undefined ||
    checksum !== checksumOf(text.slice(0, -checksumDigits))
  ) {
    throw new Failure("identity.api_key_malformed", "The API key is not whole.");
  }
  return { id: `key_${id}`, secret: new Secret(secret) };
}

/** Whether `presented` is the key that `key` was kept of. Takes as long whatever differs. */
export function provesApiKey(presented: PresentedApiKey, key: ApiKey, peppers: Peppers): boolean {
  const pepper = peppers.find(key.pepperId);
  // A key under a pepper that is no longer kept proves nothing: that is how a pepper is retired.
  return pepper !== undefined && timingSafeEqual(digestOf(presented.secret, pepper), key.digest);
}

/** HMAC-SHA-256: a secret of 256 bits needs no slow hash, and one would cost every call milliseconds. */
function digestOf(secret: Secret<string>, pepper: Secret<Uint8Array>): Uint8Array {
  return new Uint8Array(
    createHmac("sha256", pepper.expose()).update(secret.expose(), "ascii").digest(),
  );
}

function checksumOf(text: string): string {
  const digits = writeDigits(crc32(text), checksumDigits);
  assert(digits.length === checksumDigits, "a CRC-32 fits into six digits");
  return digits;
}
