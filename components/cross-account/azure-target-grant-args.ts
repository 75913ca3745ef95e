import type * as pulumi from "@pulumi/pulumi";

/** Who may do what at which scope. */
export interface AzureTargetGrantArgs {
  /** Scope that the role is assigned at: a subscription, a resource group, a resource, or a management group.
   * As narrow as the work allows. Another one replaces the grant. */
  readonly scope: pulumi.Input<string>;
  /** Object id of a service principal in the target's tenant, such as a runner's `identityPrincipal` where
   * both are of one tenant. Exactly one of this and `applicationClientId`. */
  readonly principalId?: pulumi.Input<string> | undefined;
  /** Client id of an application of another tenant (`AzureCrossTenantApplication`): this is the consent to
   * it, and the role is assigned to the service principal that this makes. Takes a provider of the package
   * `azuread` for the target's tenant in the options, which may create service principals. */
  readonly applicationClientId?: pulumi.Input<string> | undefined;
  /** GUID of a built-in role, or of a custom one that exists. Exactly one of this and of `actions` and
   * `dataActions`. */
  readonly roleGuid?: pulumi.Input<string> | undefined;
  /** Actions of a custom role that is made, such as `Microsoft.Compute/virtualMachines/read`. */
  readonly actions?: pulumi.Input<string>[] | undefined;
  /** Data actions of that role. Not at a management group. */
  readonly dataActions?: pulumi.Input<string>[] | undefined;
  /** Name of that role, which must be unique in the tenant. Default: the component's name and 8 digits that
   * stand for the scope. */
  readonly roleName?: pulumi.Input<string> | undefined;
  /** Lets an action have a `*`: it then grants what Azure adds later, too. Default: false. */
  readonly unsafeWildcardActions?: boolean | undefined;
  /** Condition of the assignment, version 2.0 (Azure, "Azure role assignment condition format and syntax"). */
  readonly condition?: pulumi.Input<string> | undefined;
  /** For people. Default: that it was made for a Holdfast runner. */
  readonly description?: pulumi.Input<string> | undefined;
}
