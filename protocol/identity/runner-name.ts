import { isIdentifier } from "@holdfast/foundation/identifier.ts";

/** Who a certificate is for. */
export interface RunnerName {
  /** Trust domain of the installation (SPIFFE-ID, section 2.1). */
  readonly trustDomain: string;
  readonly organizationId: string;
  readonly runnerId: string;
}

/**
 * The URI name of a runner's certificate:
 * `spiffe://<trust-domain>/organization/<org_id>/runner/<run_id>` (design.md, section 5).
 */
export function formatRunnerName(name: RunnerName): string {
  return `spiffe://${name.trustDomain}/organization/${name.organizationId}/runner/${name.runnerId}`;
}

/**
 * Reads the URI name of a runner's certificate. Strict: no other form of the same URI is accepted, so
 * that two spellings can never mean one runner.
 *
 * @returns undefined if `uri` is not such a name.
 */
export function parseRunnerName(uri: string): RunnerName | undefined {
  const match = /^spiffe:\/\/([a-z0-9._-]{1,255})\/organization\/([^/]+)\/runner\/([^/]+)$/.exec(
    uri,
  );
  if (match === null) {
    return undefined;
  }
  const [, trustDomain = "", organizationId = "", runnerId = ""] = match;
  return isIdentifier("org", organizationId) && isIdentifier("run", runnerId)
    ? { trustDomain, organizationId, runnerId }
    : undefined;
}
