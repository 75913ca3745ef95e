import type * as pulumi from "@pulumi/pulumi";
import type { AzureExistingIdentityArgs } from "./azure-existing-identity-args.ts";

/** Whose tokens an Azure identity is to trust. */
export interface AzureFederatedTrustArgs {
  /** Resource group that the identity is made in, or, for one that exists, the one it is in by its id. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Azure region of the identity. Default: the provider's, or the resource group's. */
  readonly location?: pulumi.Input<string> | undefined;
  /** Issuer of the tokens, exactly as their claim `iss` has it, to the last slash: of an AKS, EKS or GKE
   * cluster, of an AWS account's outbound identity federation, or of any other OpenID Connect provider that
   * Azure can reach. Not Entra itself: use `AzureCrossTenantApplication`. */
  readonly issuer: pulumi.Input<string>;
  /** Subject of the tokens, exactly: `system:serviceaccount:NAMESPACE:NAME`, the ARN of an AWS role, ... */
  readonly subject: pulumi.Input<string>;
  /** Audience of the tokens. Default: `api://AzureADTokenExchange`. */
  readonly audience?: pulumi.Input<string> | undefined;
  /** Identity that is to trust. Default: one is made. An identity takes 20 such trusts; make several of them
   * one after the other (`dependsOn`), since Azure refuses to write two at once. */
  readonly existingIdentity?: AzureExistingIdentityArgs | undefined;
  /** Tags of the identity that is made. */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}
