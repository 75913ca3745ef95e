import { IAMCustomRole } from "@pulumi/gcp/projects/iamcustomRole.js";
import { IAMMember as ProjectMember } from "@pulumi/gcp/projects/iammember.js";
import { Account } from "@pulumi/gcp/serviceaccount/account.js";
import { IAMMember as ServiceAccountMember } from "@pulumi/gcp/serviceaccount/iammember.js";
import { BucketIAMMember } from "@pulumi/gcp/storage/bucketIAMMember.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { accountIdOf, deployedComponent } from "./gcp-account-id.ts";
import type { GcpTargetGrantArgs } from "./gcp-target-grant-args.ts";
import {
  type GcpTargetGrantSettings,
  readGcpTargetGrantSettings,
} from "./gcp-target-grant-settings.ts";

/**
 * What a runner may do in a Google Cloud project, which may be another one than its own: give the target's
 * provider in the options.
 *
 * Every grant is added to the project's policy and takes nothing from it. With impersonation, which is the
 * default, the roles belong to a service account of the project, and the runner may do nothing there but get that
 * account's temporary credentials; removing the grant ends that, for credentials of at most an hour.
 */
export class GcpTargetGrant extends pulumi.ComponentResource {
  /** Who holds the roles: the impersonated service account, or the runner. */
  readonly grantedPrincipal: pulumi.Output<string>;
  /** Email of the service account to impersonate, for the connection's `serviceAccountEmail`; empty with the mode
   * `direct`. */
  readonly serviceAccountEmail: pulumi.Output<string>;
  /** Name of the custom role on the state's bucket, `projects/PROJECT/roles/ID`; empty if there is none. */
  readonly stateRoleName: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: GcpTargetGrantArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`GcpTargetGrant ${name}`);
    const settings = readGcpTargetGrantSettings(name, args, check);
    check.finish();
    super("holdfast:index:GcpTargetGrant", name, {}, options);

    const scope: GrantScope = {
      name,
      parent: this,
      id: accountIdOf(deployedComponent("GcpTargetGrant", name)),
    };
    const email = makeServiceAccount(scope, settings);
    const member =
      email === undefined
        ? pulumi.output(settings.principal)
        : pulumi.interpolate`serviceAccount:${email}`;
    grantRoles(scope, settings, member);
    const stateRole = grantState(scope, settings, member);

    this.grantedPrincipal = member;
    this.serviceAccountEmail = email ?? pulumi.output("");
    this.stateRoleName = stateRole?.name ?? pulumi.output("");
    this.registerOutputs({
      grantedPrincipal: this.grantedPrincipal,
      serviceAccountEmail: this.serviceAccountEmail,
      stateRoleName: this.stateRoleName,
    });
  }
}

interface GrantScope {
  readonly name: string;
  readonly parent: pulumi.Resource;
  /** Id of the service account, and part of the custom role's. */
  readonly id: string;
}

/** The service account that the runner impersonates; undefined in the mode `direct`. */
function makeServiceAccount(
  { name, parent, id }: GrantScope,
  { isImpersonation, serviceAccountEmail, project, principal }: GcpTargetGrantSettings,
): pulumi.Output<string> | undefined {
  if (!isImpersonation) {
    return undefined;
  }
  const email =
    serviceAccountEmail === undefined
      ? new Account(
          `${name}-account`,
          { project, accountId: id, displayName: `For the Holdfast runner of ${name}` },
          { parent },
        ).email
      : pulumi.output(serviceAccountEmail);
  new ServiceAccountMember(
    `${name}-impersonation`,
    {
      serviceAccountId: pulumi.interpolate`projects/${project}/serviceAccounts/${email}`,
      // Gets tokens of the account. The role "Token Creator" could sign as the account too, which leaves
      // things behind that outlive the grant.
      role: "roles/iam.workloadIdentityUser",
      member: principal,
    },
    { parent },
  );
  return email;
}

function grantRoles(
  { name, parent }: GrantScope,
  { project, roles }: GcpTargetGrantSettings,
  member: pulumi.Output<string>,
): void {
  for (const { key, role, condition } of roles) {
    new ProjectMember(
      `${name}-role-${key}`,
      { project, role, member, ...(condition === undefined ? {} : { condition }) },
      { parent },
    );
  }
}

/** The custom role on the state's bucket. */
function grantState(
  { name, parent, id }: GrantScope,
  { project, state }: GcpTargetGrantSettings,
  member: pulumi.Output<string>,
): IAMCustomRole | undefined {
  if (state === undefined) {
    return undefined;
  }
  const { permissions, condition } = state.permissions;
  const role = new IAMCustomRole(
    `${name}-state-role`,
    {
      project,
      // Hyphens are not allowed here (IAM reference, `projects.roles.create`, `roleId`).
      roleId: `holdfast_${id.replaceAll("-", "_")}`,
      title: `Holdfast state of ${name}`,
      permissions: [...permissions],
    },
    { parent },
  );
  new BucketIAMMember(
    `${name}-state`,
    {
      bucket: state.bucket,
      role: role.name,
      member,
      ...(condition === undefined ? {} : { condition }),
    },
    { parent },
  );
  return role;
}
