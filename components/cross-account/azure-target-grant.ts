import { createHash } from "node:crypto";
import { RoleAssignment } from "@pulumi/azure-native/authorization/roleAssignment.js";
import { RoleDefinition } from "@pulumi/azure-native/authorization/roleDefinition.js";
import { ServicePrincipal } from "@pulumi/azuread/servicePrincipal.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { azureRoleDefinitionId } from "./azure-resource-id.ts";
import type { AzureTargetGrantArgs } from "./azure-target-grant-args.ts";
import { type AzureGrant, readAzureGrant } from "./azure-target-grant-settings.ts";

/**
 * Gives a runner a role at a scope of another subscription, or of another tenant. Instantiate it with the
 * target's provider; the runner's own account is not touched.
 *
 * Azure sees a new assignment after up to ten minutes; until then the runner's requests are refused.
 */
export class AzureTargetGrant extends pulumi.ComponentResource {
  /** Resource id of the role assignment. */
  readonly roleAssignmentId: pulumi.Output<string>;
  /** Resource id of the role. */
  readonly roleDefinitionId: pulumi.Output<string>;
  /** Object id, in the target's tenant, of the service principal that has the role. */
  readonly principalId: pulumi.Output<string>;

  constructor(name: string, args: AzureTargetGrantArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`AzureTargetGrant ${name}`);
    const grant = readAzureGrant(args, check);
    check.finish();
    super("holdfast:index:AzureTargetGrant", name, {}, options);
    this.principalId = principalOf(this, name, grant);
    this.roleDefinitionId = roleOf(this, name, grant);
    const assignment = new RoleAssignment(
      `${name}-role-assignment`,
      {
        scope: grant.scope,
        principalId: this.principalId,
        // Without it Azure looks the principal up, and does not find one that has just been made.
        principalType: "ServicePrincipal",
        roleDefinitionId: this.roleDefinitionId,
        description: grant.description,
        ...(grant.condition === undefined
          ? {}
          : { condition: grant.condition, conditionVersion: "2.0" }),
      },
      // Azure refuses to change it, and the provider does not know that.
      { parent: this, replaceOnChanges: ["roleDefinitionId"] },
    );
    this.roleAssignmentId = assignment.id;
    const { roleAssignmentId, roleDefinitionId, principalId } = this;
    this.registerOutputs({ roleAssignmentId, roleDefinitionId, principalId });
  }
}

function principalOf(
  parent: pulumi.Resource,
  name: string,
  { principal }: AzureGrant,
): pulumi.Output<string> {
  if (principal.objectId !== undefined) {
    return pulumi.output(principal.objectId);
  }
  const { objectId } = new ServicePrincipal(
    `${name}-service-principal`,
    { clientId: principal.applicationClientId ?? "" },
    { parent },
  );
  return objectId;
}

function roleOf(
  parent: pulumi.Resource,
  name: string,
  { scope, role, description }: AzureGrant,
): pulumi.Output<string> {
  if (role.guid !== undefined) {
    return pulumi
      .all([scope, role.guid])
      .apply(([atScope, guid]) => azureRoleDefinitionId(atScope, guid));
  }
  const { id } = new RoleDefinition(
    `${name}-role`,
    {
      scope,
      roleName: role.name ?? pulumi.output(scope).apply((text) => defaultRoleName(name, text)),
      roleType: "CustomRole",
      description,
      permissions: [
        {
          actions: [...role.actions],
          dataActions: [...role.dataActions],
          notActions: [],
          notDataActions: [],
        },
      ],
      assignableScopes: [scope],
    },
    { parent },
  );
  return id;
}

/** Unique in the tenant as far as name and scope are: two stacks would otherwise take each other's name. */
function defaultRoleName(name: string, scope: string): string {
  return `${name}-${createHash("sha256").update(scope).digest("hex").slice(0, 8)}`;
}
