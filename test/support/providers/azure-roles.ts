import { azureNamed } from "./azure-memory.ts";
import { type StandInResource, textOf } from "./stand-in-provider.ts";

/**
 * replacement.go: `principalId` and `scope` replace, and the path does. Azure refuses a change of the role
 * (RoleAssignmentUpdateNotPermitted) and a second assignment of the same (RoleAssignmentExists).
 */
export const roleAssignment: StandInResource = {
  ...azureNamed("roleAssignmentName", ["scope", "roleAssignmentName", "principalId"]),
  check: ({ roleDefinitionId }) =>
    typeof roleDefinitionId === "string" &&
    !/^(?:\/subscriptions\/[^/]+)?\/providers\/Microsoft\.Authorization\/roleDefinitions\/[^/]+$/.test(
      roleDefinitionId,
    )
      ? [{ property: "roleDefinitionId", reason: "is not the id of a role" }]
      : [],
  create: async (inputs, { objects, token }) => {
    const isThere = objects.some(
      (object) =>
        object.token === token &&
        (["scope", "principalId", "roleDefinitionId"] as const).every(
          (name) => object.inputs[name] === inputs[name],
        ),
    );
    if (isThere) {
      throw new Error("RoleAssignmentExists: the role assignment already exists");
    }
    const name = textOf(inputs, "roleAssignmentName");
    return {
      id: `${textOf(inputs, "scope")}/providers/Microsoft.Authorization/roleAssignments/${name}`,
      outputs: { name },
    };
  },
  update: async (_id, inputs, state) => {
    if (inputs["roleDefinitionId"] !== state["roleDefinitionId"]) {
      throw new Error(
        "RoleAssignmentUpdateNotPermitted: Tenant ID, application ID, principal ID, and scope are not allowed to be updated",
      );
    }
    return {};
  },
};

/** The path alone replaces; names are unique in a tenant (RoleDefinitionWithSameNameExists). */
export const roleDefinition: StandInResource = {
  ...azureNamed("roleDefinitionId", ["scope", "roleDefinitionId"]),
  create: async (inputs, { objects, token }) => {
    const roleName = textOf(inputs, "roleName");
    if (
      objects.some((object) => object.token === token && object.inputs["roleName"] === roleName)
    ) {
      throw new Error(`RoleDefinitionWithSameNameExists: ${roleName}`);
    }
    const [subscription = ""] = /^\/subscriptions\/[^/]+/.exec(textOf(inputs, "scope")) ?? [];
    const name = textOf(inputs, "roleDefinitionId");
    return {
      id: `${subscription}/providers/Microsoft.Authorization/roleDefinitions/${name}`,
      outputs: { name, type: "Microsoft.Authorization/roleDefinitions" },
    };
  },
};
