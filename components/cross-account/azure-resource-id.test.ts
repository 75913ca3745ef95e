import { expect, test } from "vitest";
import {
  azureGuidRule,
  azureIdentityIdRule,
  azureIdentityName,
  azureRoleDefinitionId,
  azureScopeRule,
  isManagementGroup,
} from "./azure-resource-id.ts";

const subscription = "/subscriptions/11111111-1111-1111-1111-111111111111";
const identity = `${subscription}/resourceGroups/runners/providers/Microsoft.ManagedIdentity/userAssignedIdentities/prod`;
const managementGroup = "/providers/Microsoft.Management/managementGroups/production";
const role = "acdd72a7-3385-48ef-bd42-f606fba81ae7";

test("the id of an identity says where its credentials are made", () => {
  expect(azureIdentityIdRule(identity)).toBeUndefined();
  expect(azureIdentityName(identity)).toEqual({ resourceGroupName: "runners", name: "prod" });
  // Azure itself writes both.
  expect(azureIdentityName(identity.replace("resourceGroups", "resourcegroups")).name).toBe("prod");
  for (const id of ["prod", `${identity}/`, `${identity}/x`, identity.slice(1)]) {
    expect(azureIdentityIdRule(id)).toContain("must be the resource id");
    expect(() => azureIdentityName(id)).toThrow(RangeError);
  }
});

test("a scope is a subscription, what is below it, or a management group", () => {
  for (const scope of [subscription, `${subscription}/resourceGroups/a`, identity]) {
    expect(azureScopeRule(scope)).toBeUndefined();
    expect(isManagementGroup(scope)).toBe(false);
  }
  expect(azureScopeRule(managementGroup)).toBeUndefined();
  expect(isManagementGroup(managementGroup)).toBe(true);
  for (const scope of ["", "/", "/subscriptions/x", `${subscription}/`, `${managementGroup}/x`]) {
    expect(azureScopeRule(scope), scope).toContain("must be a scope");
  }
});

test("a role's id is the one that Azure gives back at the scope", () => {
  const below = `/providers/Microsoft.Authorization/roleDefinitions/${role}`;
  expect(azureRoleDefinitionId(identity, role)).toBe(`${subscription}${below}`);
  expect(azureRoleDefinitionId(managementGroup, role)).toBe(below);
});

test("a GUID has its 32 digits and 4 hyphens", () => {
  expect(azureGuidRule(role)).toBeUndefined();
  expect(azureGuidRule(role.toUpperCase())).toBeUndefined();
  for (const text of ["", role.slice(1), `${role}0`, role.replace("-", ""), `{${role}}`]) {
    expect(azureGuidRule(text)).toContain("must be a GUID");
  }
});
