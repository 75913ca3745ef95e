import type * as pulumi from "@pulumi/pulumi";
import type { AwsRoleArgs } from "../cross-account/aws-role-args.ts";
import type { KubernetesRunnerArgs } from "../kubernetes-runner/kubernetes-runner-args.ts";
import type { EksIdentityMode } from "./eks-identity-mode.ts";

/** Arguments of `EksRunner`. */
export interface EksRunnerArgs extends KubernetesRunnerArgs {
  /** ARN of the cluster: `arn:aws:eks:REGION:ACCOUNT:cluster/NAME`. Its account is that of the runner's role. */
  readonly clusterArn: pulumi.Input<string>;
  /** How the pods get credentials of AWS. Default: `pod-identity`. */
  readonly identityMode?: EksIdentityMode;
  /** For `service-account-role`: ARN of the IAM provider for the cluster's OpenID issuer; there is one for each
   * cluster at most. Give this or `oidcIssuerUrl`. */
  readonly oidcProviderArn?: pulumi.Input<string> | undefined;
  /** For `service-account-role`: URL of the cluster's OpenID issuer; the IAM provider for it is made here, and
   * removed with the runner. */
  readonly oidcIssuerUrl?: pulumi.Input<string> | undefined;
  /** Installs the add-on `eks-pod-identity-agent` in the cluster, and removes it with the runner. Default: false, the
   * cluster has it (with EKS Auto Mode always). */
  readonly createPodIdentityAgent?: boolean | undefined;
  /** Roles, of any account, that the runner may take: its connections of the mode cross-account trust. Default:
   * none. */
  readonly targetRoleArns?: pulumi.Input<string>[] | undefined;
  /** The runner's own role: its name, and what the runner may do in its own account. Default: a role that may do
   * nothing but take `targetRoleArns`. */
  readonly role?: AwsRoleArgs | undefined;
  /** ARN of a role of the cluster's account that exists, in place of one that is made here. Then this component
   * attaches nothing to it, and its trust is yours to write. */
  readonly existingRoleArn?: pulumi.Input<string> | undefined;
  /** For `pod-identity`: ARN of a role, of any account, that EKS takes with the runner's, so that the runner acts as
   * that one. EKS names `podIdentityExternalId` as the external id, and tags no session: of the pods in the cluster,
   * the associations alone then tell which may have the runner's own role. Default: none. */
  readonly podIdentityTargetRoleArn?: pulumi.Input<string> | undefined;
}
