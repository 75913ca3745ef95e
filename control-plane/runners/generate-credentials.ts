import { findRunner } from "./find-runner.ts";
import {
  type CredentialsRequest,
  issueCertificate,
  type MintedCredentials,
  mintCredentials,
  refuseLifetime,
} from "./mint-credentials.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

/**
 * Mints another certificate and API key; earlier ones stay valid.
 *
 * @throws {Failure} `request.invalid`; `runner.not_found`; `certificate.request_invalid`.
 */
export async function generateCredentials(
  deps: RunnerDependencies,
  actor: string,
  request: CredentialsRequest,
): Promise<MintedCredentials> {
  refuseLifetime(request.lifetimeSeconds);
  const { organization } = request;
  const runner = await findRunner(deps.storage.read, organization.id, request.runner);
  const certificate = await issueCertificate(deps, runner, request);
  return await deps.storage.write(async (stores) => {
    // Read again: another call may have provisioned the service account since.
    const present = await findRunner(stores, organization.id, runner.id);
    const minted = await mintCredentials(deps, stores, {
      organization,
      runner: present,
      certificate,
    });
    await stores.audit.append(
      {
        organizationId: organization.id,
        actor,
        action: "runner.credentials_generated",
        subject: runner.id,
        detail: {
          generation: minted.credentials.generation,
          certificate_serial: minted.credentials.certificateSerial,
          api_key_id: minted.credentials.apiKeyId,
        },
      },
      deps.clock.nowMs(),
    );
    return minted;
  });
}
