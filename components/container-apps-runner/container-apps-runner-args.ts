import type * as pulumi from "@pulumi/pulumi";
import type { AzureExistingIdentityArgs } from "../cross-account/azure-existing-identity-args.ts";
import type { RunnerWorkloadArgs } from "../runner-workload/runner-workload-args.ts";
import type { ContainerAppsNetworkArgs } from "./container-apps-network-args.ts";

/**
 * What a runner on Azure Container Apps takes, beside what every runner takes.
 *
 * `cpuMillicores` is 250 to 4,000 in steps of 250, and `memoryMebibytes` 512 for each 250 of them;
 * `terminationGraceSeconds` is at most 600. `egressPorts` and `egressCidrBlocks` hold with `network` only.
 */
export interface ContainerAppsRunnerArgs extends RunnerWorkloadArgs {
  /** Resource group that everything is made in. */
  readonly resourceGroupName: pulumi.Input<string>;
  /** Azure region. Default: the provider's, or the resource group's. */
  readonly location?: pulumi.Input<string> | undefined;
  /** Makes subnet, network security group and environment, so that the runner's egress is narrowed. Exactly
   * one of this and `environmentId`. */
  readonly network?: ContainerAppsNetworkArgs | undefined;
  /** Resource id of an environment that exists. What its apps may connect to, its network decides: so that
   * either `environmentNarrowsEgress` or `unsafeUnrestrictedEgress` must be true. */
  readonly environmentId?: pulumi.Input<string> | undefined;
  /** Says that the network of `environmentId` narrows what its apps may connect to, by a network security
   * group or a firewall. The component cannot see that. Default: false. */
  readonly environmentNarrowsEgress?: boolean | undefined;
  /** Name of the container app: 2 to 32 lower-case letters, digits and hyphens. With one, a replacement takes
   * the earlier app away first. Default: the component's name and random digits. */
  readonly containerAppName?: pulumi.Input<string> | undefined;
  /** Host of the registry that the image is pulled from, with an identity of Azure: `NAME.azurecr.io`.
   * Default: none, the registry is public. */
  readonly registryServer?: pulumi.Input<string> | undefined;
  /** Resource id of that registry: the right to pull from it is granted. Default: it has been. */
  readonly registryId?: pulumi.Input<string> | undefined;
  /** Identity that the runner acts with. Default: one is made, without any right. */
  readonly existingRuntimeIdentity?: AzureExistingIdentityArgs | undefined;
  /** Key Vault that the credentials become an entry of; it must use role-based access. Default: one is made,
   * with purge protection, so that its name is taken for 90 days after it is deleted. */
  readonly vaultName?: pulumi.Input<string> | undefined;
  /** Resource group of that Key Vault. Default: the runner's. */
  readonly vaultResourceGroupName?: pulumi.Input<string> | undefined;
  /** Subnets, by resource id, that the Key Vault which is made answers, beside the one of `network`: with
   * `environmentId`, that environment's own. Each must have the service endpoint `Microsoft.KeyVault`. */
  readonly vaultSubnetIds?: pulumi.Input<string>[] | undefined;
  /** Lets the Key Vault that is made answer requests from any network; they still need a role. Default: false. */
  readonly unsafeVaultAnyNetwork?: boolean | undefined;
  /** URI of a Key Vault entry with the credentials file, version included, in place of `credentials`:
   * `https://VAULT.vault.azure.net/secrets/NAME/VERSION`. Another one rolls the runners. */
  readonly existingSecretUri?: pulumi.Input<string> | undefined;
  /** Resource id of that entry: the right to read it is granted. Default: whoever owns it grants it to
   * `platformIdentityPrincipal` while the first update waits. */
  readonly existingSecretScope?: pulumi.Input<string> | undefined;
  /** How long an update waits until Azure sees rights that it has just granted, in seconds: 0 to 3,600.
   * Default: 900. */
  readonly accessWaitSecondsMax?: number | undefined;
}
