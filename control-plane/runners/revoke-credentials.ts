import { Failure } from "@holdfast/foundation/failure.ts";
import type { Stores } from "../stores.ts";
import { findRunner } from "./find-runner.ts";
import type { RunnerCredentials } from "./runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

/**
 * Revokes one generation: certificate and API key, at once and for good; tunnels that use it are cut.
 * Safe to repeat.
 *
 * @throws {Failure} `runner.not_found`; `credentials.not_found`.
 */
export async function revokeCredentials(
  deps: RunnerDependencies,
  actor: string,
  target: {
    readonly organizationId: string;
    readonly runner: string;
    readonly generation: number;
  },
): Promise<RunnerCredentials> {
  const revoked = await deps.storage.write(async (stores) => {
    const runner = await findRunner(stores, target.organizationId, target.runner);
    const found = await stores.credentials.find(
      runner.organizationId,
      runner.id,
      target.generation,
    );
    if (found === undefined) {
      throw new Failure(
        "credentials.not_found",
        "The runner has no such generation of credentials.",
      );
    }
    return await revokeInTransaction(deps, stores, actor, found);
  });
  cutRevoked(deps, [revoked]);
  return revoked;
}

/** Marks one generation as revoked, with its API key, and records it. */
export async function revokeInTransaction(
  deps: RunnerDependencies,
  stores: Stores,
  actor: string,
  credentials: RunnerCredentials,
): Promise<RunnerCredentials> {
  if (credentials.revokedAtMs !== undefined) {
    return credentials;
  }
  const nowMs = deps.clock.nowMs();
  const revoked: RunnerCredentials = {
    ...credentials,
    revokedAtMs: nowMs,
    revokeAfterMs: undefined,
  };
  await stores.credentials.update(revoked);
  await stores.apiKeys.revoke([credentials.apiKeyId], nowMs);
  await stores.audit.append(
    {
      organizationId: credentials.organizationId,
      actor,
      action: "runner.credentials_revoked",
      subject: credentials.runnerId,
      detail: {
        generation: credentials.generation,
        certificate_serial: credentials.certificateSerial,
      },
    },
    nowMs,
  );
  return revoked;
}

/** Cuts the tunnels of generations that were just revoked: after the transaction, so that none can come back. */
export function cutRevoked(
  deps: RunnerDependencies,
  revoked: readonly Pick<RunnerCredentials, "runnerId" | "generation">[],
): void {
  for (const { runnerId, generation } of revoked) {
    deps.tunnels.cut(
      { runnerId, generations: [generation] },
      "credentials.revoked",
      "The credentials of this runner have been revoked.",
    );
  }
}
