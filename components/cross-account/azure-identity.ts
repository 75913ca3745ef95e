import { UserAssignedIdentity } from "@pulumi/azure-native/managedidentity/userAssignedIdentity.js";
import * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import type { AzureExistingIdentityArgs } from "./azure-existing-identity-args.ts";
import { azureGuidRule, azureIdentityIdRule, azureIdentityName } from "./azure-resource-id.ts";

/** A user-assigned identity, made here or not. */
export interface AzureIdentity {
  readonly id: pulumi.Output<string>;
  readonly clientId: pulumi.Output<string>;
  /** Object id of its service principal. */
  readonly principalId: pulumi.Output<string>;
  /** Where its federated credentials are made. */
  readonly resourceGroupName: pulumi.Output<string>;
  readonly name: pulumi.Output<string>;
}

/** Where an identity is made, if none was given. */
export interface AzureIdentityPlace {
  readonly resourceGroupName: pulumi.Input<string>;
  /** Default: the provider's, or the resource group's. */
  readonly location: pulumi.Input<string> | undefined;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Checks an identity that exists; problems go to `check`. */
export function readExistingIdentity(
  path: string,
  identity: AzureExistingIdentityArgs | undefined,
  check: ArgumentCheck,
): AzureExistingIdentityArgs | undefined {
  check.checkPlain(path, identity);
  if (identity === undefined || pulumi.Output.isInstance(identity)) {
    return undefined;
  }
  return {
    id: check.check(`${path}.id`, identity.id, azureIdentityIdRule),
    clientId: check.check(`${path}.clientId`, identity.clientId, azureGuidRule),
    principalId: check.check(`${path}.principalId`, identity.principalId, azureGuidRule),
  };
}

/** The identity that was given, or else one that is made under the name. */
export function azureIdentity(
  name: string,
  existing: AzureExistingIdentityArgs | undefined,
  place: AzureIdentityPlace,
  parent: pulumi.Resource,
): AzureIdentity {
  if (existing !== undefined) {
    const parts = pulumi.output(existing.id).apply(azureIdentityName);
    return {
      id: pulumi.output(existing.id),
      clientId: pulumi.output(existing.clientId),
      principalId: pulumi.output(existing.principalId),
      resourceGroupName: parts.resourceGroupName,
      name: parts.name,
    };
  }
  const { resourceGroupName, location, tags } = place;
  const made = new UserAssignedIdentity(name, { resourceGroupName, location, tags }, { parent });
  return {
    id: made.id,
    clientId: made.clientId,
    principalId: made.principalId,
    resourceGroupName: pulumi.output(resourceGroupName),
    name: made.name,
  };
}
