import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { Storage } from "../stores.ts";
import { parseApiKey, provesApiKey } from "./api-key.ts";
import type { Peppers } from "./peppers.ts";
import type { ApiKey, ServiceAccount } from "./service-account.ts";

/** What {@link authenticateApiKey} needs. */
export interface AuthenticationDependencies {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly peppers: Peppers;
}

/** How accurate `lastUsedAtMs` is: a write for each call would be a denial of service. */
const touchMs = 60_000;

/**
 * Proves who holds an API key. What is wrong with a key beyond its being unknown is said only to who
 * holds it whole.
 *
 * @throws {Failure} `identity.api_key_malformed`, `identity.api_key_unknown`,
 *   `identity.api_key_revoked`, `identity.api_key_expired`.
 */
export async function authenticateApiKey(
  deps: AuthenticationDependencies,
  token: Secret<string>,
): Promise<{ readonly account: ServiceAccount; readonly key: ApiKey }> {
  const presented = parseApiKey(token);
  const key = await deps.storage.read.apiKeys.find(presented.id);
  if (key === undefined || !provesApiKey(presented, key, deps.peppers)) {
    throw unknown();
  }
  const nowMs = deps.clock.nowMs();
  refuseEnded(key, nowMs);
  const account = await deps.storage.read.serviceAccounts.findById(key.serviceAccountId);
  if (account === undefined) {
    // It was deleted, with its keys, between the two reads.
    throw unknown();
  }
  if (nowMs - (key.lastUsedAtMs ?? 0) >= touchMs) {
    await deps.storage.write(async ({ apiKeys }) => await apiKeys.touch(key.id, nowMs));
  }
  return { account, key };
}

function unknown(): Failure {
  return new Failure("identity.api_key_unknown", "The API key is not known.");
}

function refuseEnded(key: ApiKey, nowMs: number): void {
  if (key.revokedAtMs !== undefined) {
    throw new Failure("identity.api_key_revoked", "The API key has been revoked.");
  }
  if (key.expireAtMs !== undefined && nowMs >= key.expireAtMs) {
    throw new Failure("identity.api_key_expired", "The API key has expired.");
  }
}
