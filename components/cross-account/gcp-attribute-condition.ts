/** Whose certificates a workload identity provider takes. */
export interface GcpTrustedRunners {
  /** Trust domain of the certificates' names. */
  readonly trustDomain: string;
  /** `org_` and 22 characters. */
  readonly organizationId: string;
  /** `run_` and 22 characters each; undefined takes every runner of the organization. */
  readonly runnerIds: readonly string[] | undefined;
}

/**
 * What a certificate becomes in Google Cloud: the subject `ORGANIZATION/runner/RUNNER`, and both ids as attributes.
 * Not the whole name, because a subject has at most 127 bytes.
 *
 * `san.uri` is the first URI among the certificate's names; the control plane issues certificates with exactly one
 * (design.md, section 5).
 *
 * source: IAM documentation, "Configure Workload Identity Federation with X.509 certificates", "Define an attribute
 * mapping and condition".
 */
export const gcpAttributeMapping = {
  "google.subject": "assertion.san.uri.extract('/organization/{subject}')",
  "attribute.organization": "assertion.san.uri.extract('/organization/{organization}/')",
  "attribute.runner": "assertion.san.uri.extract('/runner/{runner}')",
} as const;

/** The subject that the mapping makes of a runner's certificate. */
export function gcpSubject(organizationId: string, runnerId: string): string {
  return `${organizationId}/runner/${runnerId}`;
}

/**
 * CEL that is true of the trusted runners' certificates, and of no others. A provider without one takes every
 * certificate that the trust anchors stand for.
 *
 * Names are compared as a whole where the runners are known. Where every runner of the organization is trusted, a
 * runner's id is asked for, so that nothing else that the authority may name below the organization is let in.
 */
export function gcpAttributeCondition(trusted: GcpTrustedRunners): string {
  const { trustDomain, organizationId, runnerIds } = trusted;
  const prefix = `spiffe://${trustDomain}/organization/${organizationId}/runner/`;
  return runnerIds === undefined
    ? `assertion.san.uri.startsWith('${prefix}run_')`
    : `assertion.san.uri in [${runnerIds.map((id) => `'${prefix}${id}'`).join(", ")}]`;
}
