import type * as pulumi from "@pulumi/pulumi";

/** A user-assigned managed identity that exists. */
export interface AzureExistingIdentityArgs {
  /** Its resource id: `/subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME`. */
  readonly id: pulumi.Input<string>;
  /** Client id of its service principal: a GUID; with it the runner asks for tokens. */
  readonly clientId: pulumi.Input<string>;
  /** Object id of its service principal: a GUID; roles are assigned to it. */
  readonly principalId: pulumi.Input<string>;
}
