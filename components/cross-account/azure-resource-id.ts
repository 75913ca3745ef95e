import type { Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";

const guid = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}";
const identity = new RegExp(
  `^/subscriptions/(${guid})/resource[gG]roups/([^/]+)/providers/Microsoft\\.ManagedIdentity/userAssignedIdentities/([^/]+)$`,
);
const subscriptionScope = new RegExp(`^/subscriptions/${guid}(?:/[^/\\s]+)*$`);
const managementGroupScope = /^\/providers\/Microsoft\.Management\/managementGroups\/[^/\s]+$/;

/** A GUID, as Entra's objects, tenants and Azure's roles are named by. */
export const azureGuidRule: Rule<string> = patternRule(
  new RegExp(`^${guid}$`),
  "a GUID: 8-4-4-4-12 hexadecimal digits",
);

/** The resource id of a user-assigned managed identity. */
export const azureIdentityIdRule: Rule<string> = patternRule(
  identity,
  "the resource id of a user-assigned identity: /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.ManagedIdentity/userAssignedIdentities/NAME",
);

/** A scope that a role can be assigned at (Azure, "Understand scope for Azure RBAC"). */
export const azureScopeRule: Rule<string> = (value) =>
  subscriptionScope.test(value) || managementGroupScope.test(value)
    ? undefined
    : "must be a scope: /subscriptions/GUID with or without what is below it, or /providers/Microsoft.Management/managementGroups/NAME; without a slash at its end";

/** Whether a scope is a management group: its roles may have no data actions. */
export function isManagementGroup(scope: string): boolean {
  return managementGroupScope.test(scope);
}

/** Resource group and name of a user-assigned identity, which its federated credentials are made under. */
export interface AzureIdentityName {
  readonly resourceGroupName: string;
  readonly name: string;
}

/**
 * Takes the resource id of a user-assigned identity apart.
 *
 * @throws {RangeError} if it is none; {@link azureIdentityIdRule} has been checked by then.
 */
export function azureIdentityName(id: string): AzureIdentityName {
  const [, , resourceGroupName, name] = identity.exec(id) ?? [];
  if (resourceGroupName === undefined || name === undefined) {
    throw new RangeError(`${id} is not the resource id of a user-assigned identity.`);
  }
  return { resourceGroupName, name };
}

/**
 * The id of a built-in role, as Azure writes it at a scope: it names the scope's subscription, or none at a
 * management group. Written otherwise, a refresh would see a difference.
 */
export function azureRoleDefinitionId(scope: string, roleGuid: string): string {
  const [subscription = ""] = /^\/subscriptions\/[^/]+/.exec(scope) ?? [];
  return `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${roleGuid}`;
}
