import type { Metadata } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Caller } from "../access/caller.ts";
import { parseApiKey } from "../service-accounts/api-key.ts";
import type { ApiKey, ServiceAccount } from "../service-accounts/service-account.ts";
import type { CallLimits } from "./call-limits.ts";

/** Proves an API key. @throws {Failure} `identity.api_key_*` */
export type AuthenticateApiKey = (
  token: Secret<string>,
) => Promise<{ readonly account: ServiceAccount; readonly key: ApiKey }>;

/** What a caller proves itself with: the headers of its call, and its connection, as grpc-js names it. */
export interface PresentedProof {
  readonly metadata: Metadata;
  getPeer(): string;
}

/** The API key of a call. @throws {Failure} `identity.missing` */
export function apiKeyOf(metadata: Metadata): Secret<string> {
  const [header] = metadata.get("authorization");
  const match = typeof header === "string" ? /^Bearer (\S{1,200})$/.exec(header) : null;
  if (match?.[1] === undefined) {
    throw new Failure("identity.missing", "The call carries no API key.");
  }
  return new Secret(match[1]);
}

/**
 * The caller behind an API key on the API listener.
 *
 * @throws {Failure} `identity.runner_key_without_certificate` for a runner's key: it opens nothing here.
 */
export function callerOf(proved: {
  readonly account: ServiceAccount;
  readonly key: ApiKey;
}): Caller {
  const { account, key } = proved;
  if (account.runnerId !== undefined) {
    throw new Failure(
      "identity.runner_key_without_certificate",
      "A runner's API key is accepted only together with the runner's certificate, through its tunnel.",
    );
  }
  return {
    kind: "service-account",
    serviceAccountId: account.id,
    serviceAccountName: account.name,
    organizationId: account.organizationId,
    role: account.organizationId === undefined ? undefined : account.role,
    apiKeyId: key.id,
  };
}

/**
 * What failed authentications with a key are counted under: the key's id, or the peer's address for what
 * is no key of ours.
 */
export function throttleKeyOf(token: Secret<string>, address: string): string {
  try {
    return parseApiKey(token).id;
  } catch (error) {
    if (error instanceof Failure) {
      return `malformed from ${address}`;
    }
    throw error;
  }
}

/** Address of a peer without its port, so that one machine counts as one. */
export function addressOf(peer: string): string {
  return peer.replace(/:\d+$/, "");
}

/**
 * How callers of the API listener prove themselves. Who fails too often, by key id or by address, is
 * refused for a while before anything is looked up.
 */
export function identifyByApiKey(deps: {
  readonly limits: CallLimits;
  readonly proveKey: AuthenticateApiKey;
}): (proof: PresentedProof) => Promise<Caller> {
  return async (proof) => {
    const token = apiKeyOf(proof.metadata);
    const address = addressOf(proof.getPeer());
    const keyId = throttleKeyOf(token, address);
    await deps.limits.refuseThrottled(keyId, address);
    try {
      return callerOf(await deps.proveKey(token));
    } catch (error) {
      if (error instanceof Failure && error.code.startsWith("identity.")) {
        await deps.limits.countFailure(keyId, address);
      }
      throw error;
    }
  };
}
