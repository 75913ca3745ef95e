import { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { ApiKey, ServiceAccount } from "../service-accounts/service-account.ts";
import type { Runner, RunnerCredentials } from "./runner.ts";

/** What came of the second phase. */
export type RunnerAuthentication =
  | { readonly ok: true; readonly serviceAccountId: string; readonly apiKeyId: string }
  | { readonly ok: false; readonly code: FailureCode; readonly message: string };

/** What {@link authenticateRunner} needs. */
export interface RunnerAuthenticationDependencies {
  /** @throws {Failure} `identity.api_key_*` */
  authenticateApiKey(
    token: Secret<string>,
  ): Promise<{ readonly account: ServiceAccount; readonly key: ApiKey }>;
  /** Whether a service account may still read what its organization's viewers may. */
  isViewer(account: ServiceAccount): boolean;
}

const refused = (code: FailureCode, message: string): RunnerAuthentication => ({
  ok: false,
  code,
  message,
});

/**
 * The second phase: the API key proves the service account, and it must be the one of the runner that
 * the certificate names, with the permission of a viewer.
 */
export async function authenticateRunner(
  deps: RunnerAuthenticationDependencies,
  token: Secret<string>,
  admitted: { readonly runner: Runner; readonly credentials: RunnerCredentials },
): Promise<RunnerAuthentication> {
  try {
    const { account, key } = await deps.authenticateApiKey(token);
    if (account.organizationId !== admitted.runner.organizationId) {
      return refused(
        "identity.api_key_wrong_organization",
        "The API key belongs to another organization than the certificate.",
      );
    }
    if (
      account.runnerId !== admitted.runner.id ||
      account.id !== admitted.runner.serviceAccountId
    ) {
      return refused(
        "identity.api_key_wrong_runner",
        "The API key does not belong to the runner that the certificate names.",
      );
    }
    if (!deps.isViewer(account)) {
      return refused(
        "access.insufficient_permission",
        "The runner's service account is not a viewer of its organization.",
      );
    }
    return { ok: true, serviceAccountId: account.id, apiKeyId: key.id };
  } catch (error) {
    if (error instanceof Failure && error.code.startsWith("identity.")) {
      return refused(error.code, error.message);
    }
    throw error;
  }
}
