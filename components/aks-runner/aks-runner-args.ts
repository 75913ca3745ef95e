import type * as pulumi from "@pulumi/pulumi";
import type { AzureExistingIdentityArgs } from "../cross-account/azure-existing-identity-args.ts";
import type { KubernetesRunnerArgs } from "../kubernetes-runner/kubernetes-runner-args.ts";

/**
 * What a runner on AKS takes, beside what every runner on Kubernetes takes.
 *
 * The cluster must have `oidcIssuerProfile.enabled` and `securityProfile.workloadIdentity.enabled`; its
 * webhook gives the pods their token.
 */
export interface AksRunnerArgs extends KubernetesRunnerArgs {
  /** Resource group that the identity is made in. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Azure region of the identity. Default: the provider's, or the resource group's. */
  readonly location?: pulumi.Input<string> | undefined;
  /** Issuer of the cluster's service account tokens, exactly as the cluster's `oidcIssuerProfile.issuerURL` has
   * it, with the slash at its end. */
  readonly oidcIssuerUrl: pulumi.Input<string>;
  /** Identity that the runner acts with. Default: one is made, without any right. */
  readonly existingIdentity?: AzureExistingIdentityArgs | undefined;
}
