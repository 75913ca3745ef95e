import type * as pulumi from "@pulumi/pulumi";

/** A subnet, and in it an environment of Container Apps, of the runner's own. */
export interface ContainerAppsNetworkArgs {
  /** Virtual network that the subnet is made in. Its own list of subnets must not be kept elsewhere as a whole. */
  readonly virtualNetworkName: pulumi.Input<string>;
  /** Resource group of the virtual network. Default: the runner's. */
  readonly virtualNetworkResourceGroupName?: pulumi.Input<string> | undefined;
  /** Addresses of the subnet, in CIDR notation: a /27 or larger, which nothing else uses. */
  readonly subnetCidrBlock: pulumi.Input<string>;
  /** Spreads the runners over availability zones; the region must have them. Default: true. */
  readonly zoneRedundant?: pulumi.Input<boolean> | undefined;
  /** Resource id of the Log Analytics workspace that the runner's log goes to. Default: none, the log is only
   * to be followed live. */
  readonly logWorkspaceId?: pulumi.Input<string> | undefined;
}
