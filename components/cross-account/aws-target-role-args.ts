import type * as pulumi from "@pulumi/pulumi";
import type { AwsRoleArgs } from "./aws-role-args.ts";

/** A runner whose pods have their credentials from EKS Pod Identity, as `EksRunner` makes it. */
export interface AwsEksCallerArgs {
  /** ARN of the cluster. */
  readonly clusterArn: pulumi.Input<string>;
  /** The runner's namespace. */
  readonly namespace: pulumi.Input<string>;
  /** Name of the runner's service account. */
  readonly serviceAccountName: pulumi.Input<string>;
}

/** Arguments of `AwsTargetRole`. */
export interface AwsTargetRoleArgs extends AwsRoleArgs {
  /** ARNs of the roles that runners act as (`identityPrincipal` of `EcsRunner` and `EksRunner`), of any account: one
   * or more. */
  readonly runnerRoleArns: pulumi.Input<string>[];
  /** What a runner must name when it takes the role: 2 to 1,224 characters, one for each organization and target.
   * Never what a user of the platform typed in. No secret. Default: a random UUID. */
  readonly externalId?: pulumi.Input<string> | undefined;
  /** Trusts the very roles that exist now, and not later ones of the same name: when a runner's role is made anew,
   * this role must be updated before it can be taken again. Default: false, the ARN counts. */
  readonly strictPrincipal?: boolean | undefined;
  /** Id of the organization of AWS that the runner must be in, `o-...`. Default: any. */
  readonly awsOrganizationId?: pulumi.Input<string> | undefined;
  /** What the name of a session must be like, with `*` and `?` as wildcards. Default: anything. */
  readonly sessionNamePattern?: pulumi.Input<string> | undefined;
  /** Tags that a session must have, and the only ones that it may have. Default: none. */
  readonly sessionTags?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** The pods that may take it, where a runner has its credentials from EKS Pod Identity: the tags that EKS puts on
   * such a session go along, and a role that does not allow them cannot be taken. Default: no such runner. */
  readonly eksPodIdentity?: AwsEksCallerArgs | undefined;
  /** Source identity that a session must have; those of IAM Roles Anywhere have the certificate's common name.
   * Default: none, and none is taken. */
  readonly sourceIdentity?: pulumi.Input<string> | undefined;
}
