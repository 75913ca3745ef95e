import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { RolePolicyAttachment } from "@pulumi/aws/iam/rolePolicyAttachment.js";
import type * as pulumi from "@pulumi/pulumi";
import type { AwsRoleSettings } from "./aws-role-settings.ts";

/** A role that was made, and what gives it its permissions. */
export interface AwsRole {
  readonly role: Role;
  readonly policies: readonly pulumi.Resource[];
}

/** Where the resources belong, and what they are called: `NAME-role`, `NAME-policy-KEY`, `NAME-attachment-KEY`. */
export interface AwsScope {
  readonly name: string;
  readonly parent: pulumi.Resource;
}

/** Makes a role with its policies. */
export function makeAwsRole(
  { name, parent }: AwsScope,
  settings: AwsRoleSettings,
  own: { readonly description: string; readonly trustPolicy: pulumi.Input<string> },
): AwsRole {
  const role = new Role(
    `${name}-role`,
    {
      description: own.description,
      assumeRolePolicy: own.trustPolicy,
      path: settings.path,
      maxSessionDuration: settings.maxSessionDurationSeconds,
      // What somebody attached by hand must not keep the role from being deleted.
      forceDetachPolicies: true,
      tags: settings.tags,
      ...(settings.roleName === undefined ? {} : { name: settings.roleName }),
      ...(settings.permissionsBoundaryArn === undefined
        ? {}
        : { permissionsBoundary: settings.permissionsBoundaryArn }),
    },
    { parent },
  );
  const inline = Object.entries(settings.inlinePolicies).map(
    ([key, policy]) =>
      new RolePolicy(`${name}-policy-${key}`, { role: role.name, policy }, { parent }),
  );
  const attached = Object.entries(settings.managedPolicyArns).map(
    ([key, policyArn]) =>
      new RolePolicyAttachment(
        `${name}-attachment-${key}`,
        { role: role.name, policyArn },
        { parent },
      ),
  );
  return { role, policies: [...inline, ...attached] };
}
