import type * as pulumi from "@pulumi/pulumi";

/** How a managed identity of one tenant is to act in others. */
export interface AzureCrossTenantApplicationArgs {
  /** Tenant that the managed identity belongs to: a GUID. The application is made in it too, so that the
   * provider in the options must be one of this tenant. */
  readonly homeTenantId: pulumi.Input<string>;
  /** Object id of the managed identity's service principal, such as a runner's `identityPrincipal`. */
  readonly principalId: pulumi.Input<string>;
  /** Name that the owners of the other tenants see when they consent. Default: the component's name. */
  readonly displayName?: pulumi.Input<string> | undefined;
  /** Audience of the identity's tokens; another one in the sovereign clouds. Default:
   * `api://AzureADTokenExchange`. */
  readonly audience?: pulumi.Input<string> | undefined;
}
