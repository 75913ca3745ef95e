import type * as pulumi from "@pulumi/pulumi";

/** Whose certificates a project takes for an identity. */
export interface GcpX509TrustArgs {
  /** Id of the project that the pool is made in; one of its own is what the vendor recommends. Default: the
   * provider's. */
  readonly project?: pulumi.Input<string> | undefined;
  /** Id of the workload identity pool: 4 to 32 lower-case letters, digits and hyphens, not beginning with `gcp-`.
   * An id that was deleted cannot be used again for 30 days. */
  readonly poolId: pulumi.Input<string>;
  /** Id of the provider in the pool, of the same form. Default: `runners`. */
  readonly providerId?: pulumi.Input<string> | undefined;
  /** Certificates of the authorities that are trusted: 1 to 3, as PEM, one in each. Best an issuer that signs
   * nothing but certificates for clouds: a runner's certificate is a cloud identity here. To exchange an authority
   * without a gap, add the next one, and remove the earlier one when no certificate of it is in use. */
  readonly trustAnchorsPem: pulumi.Input<string>[];
  /** Certificates between those and the runners': at most 10, as PEM, one in each. Default: none; a runner may
   * also send them. */
  readonly intermediatesPem?: pulumi.Input<string>[] | undefined;
  /** Trust domain of the runners' names, as the control plane has it. */
  readonly trustDomain: string;
  /** Id of the organization whose runners are trusted: `org_` and 22 letters and digits. */
  readonly organizationId: string;
  /** Ids of the runners that are trusted, `run_` and 22 letters and digits; as many as a condition of 4,096
   * characters has room for, about 30. Default: every runner of the organization. */
  readonly runnerIds?: string[] | undefined;
}
