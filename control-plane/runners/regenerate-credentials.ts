import { findRunner } from "./find-runner.ts";
import {
  type CredentialsRequest,
  issueCertificate,
  type MintedCredentials,
  mintCredentials,
  refuseLifetime,
} from "./mint-credentials.ts";
import { cutRevoked, revokeInTransaction } from "./revoke-credentials.ts";
import type { RunnerCredentials } from "./runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

const overlapMaxSeconds = 86_400;

/**
 * Mints a certificate and an API key and revokes every earlier one: at once, with live tunnels cut, or,
 * with an overlap, when the new ones have connected or the overlap has passed.
 *
 * @throws {Failure} `request.invalid`; `runner.not_found`; `certificate.request_invalid`.
 */
export async function regenerateCredentials(
  deps: RunnerDependencies,
  actor: string,
  request: CredentialsRequest & {
    /** 0 revokes at once; at most a day. */
    readonly overlapSeconds: number;
  },
): Promise<MintedCredentials & { readonly revoked: readonly RunnerCredentials[] }> {
  refuseLifetime(
    request.lifetimeSeconds,
    request.overlapSeconds > overlapMaxSeconds
      ? [{ field: "overlap_seconds", problem: `must be at most ${overlapMaxSeconds}` }]
      : [],
  );
  const { organization } = request;
  const runner = await findRunner(deps.storage.read, organization.id, request.runner);
  const certificate = await issueCertificate(deps, runner, request);
  const outcome = await deps.storage.write(async (stores) => {
    const present = await findRunner(stores, organization.id, runner.id);
    const earlier = await stores.credentials.listActive(organization.id, runner.id);
    const minted = await mintCredentials(deps, stores, {
      organization,
      runner: present,
      certificate,
    });
    const nowMs = deps.clock.nowMs();
    const revoked: RunnerCredentials[] = [];
    for (const credentials of earlier) {
      if (request.overlapSeconds === 0) {
        revoked.push(await revokeInTransaction(deps, stores, actor, credentials));
      } else {
        const endMs = nowMs + request.overlapSeconds * 1_000;
        // A shorter overlap that already runs is not made longer by a later one.
        await stores.credentials.update({
          ...credentials,
          revokeAfterMs: Math.min(credentials.revokeAfterMs ?? endMs, endMs),
        });
      }
    }
    await stores.audit.append(
      {
        organizationId: organization.id,
        actor,
        action: "runner.credentials_regenerated",
        subject: runner.id,
        detail: {
          generation: minted.credentials.generation,
          certificate_serial: minted.credentials.certificateSerial,
          api_key_id: minted.credentials.apiKeyId,
          overlap_seconds: request.overlapSeconds,
        },
      },
      nowMs,
    );
    return { ...minted, revoked };
  });
  cutRevoked(deps, outcome.revoked);
  return outcome;
}
