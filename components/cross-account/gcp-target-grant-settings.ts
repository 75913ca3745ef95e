import type * as pulumi from "@pulumi/pulumi";
import { type GcpPermissions, gcpPermissions } from "../least-privilege/gcp-permissions.ts";
import { operationsProblem } from "../least-privilege/operation-rights.ts";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { oneOfRule, patternRule } from "../runner-workload/argument-rules.ts";
import {
  gcpComponentNameRule,
  projectIdRule,
  runnerPrincipalRule,
  serviceAccountEmailRule,
} from "./gcp-argument-rules.ts";
import { GcpGrantMode } from "./gcp-grant-mode.ts";
import type { GcpRoleGrantArgs } from "./gcp-role-grant-args.ts";
import type { GcpTargetGrantArgs } from "./gcp-target-grant-args.ts";

/** The arguments of a grant: checked, with their defaults. */
export interface GcpTargetGrantSettings {
  readonly project: pulumi.Input<string>;
  readonly principal: pulumi.Input<string>;
  readonly isImpersonation: boolean;
  readonly serviceAccountEmail: pulumi.Input<string> | undefined;
  readonly roles: readonly GcpRoleGrant[];
  /** Undefined if no operation was named. */
  readonly state: GcpStateGrant | undefined;
}

/** One role on the project. */
export interface GcpRoleGrant {
  readonly key: string;
  readonly role: pulumi.Input<string>;
  readonly condition: GcpCondition | undefined;
}

/** When a grant holds. */
export interface GcpCondition {
  readonly title: pulumi.Input<string>;
  readonly expression: pulumi.Input<string>;
}

/** Rights on the state of stacks. */
export interface GcpStateGrant {
  readonly bucket: string;
  readonly permissions: GcpPermissions;
}

const keyRule = patternRule(
  /^[a-z0-9](?:[-a-z0-9]{0,38}[a-z0-9])?$/,
  "a key of up to 40 lower-case letters, digits and hyphens, a letter or digit at both ends",
);
const bucketRule = patternRule(/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/, "the name of a bucket");
const prefixRule = patternRule(
  /^[A-Za-z0-9_.\-/]*$/,
  "a path of letters, digits and the characters _ . - /",
);
const titleRule = patternRule(/^.{1,100}$/, "1 to 100 characters");
const roleForm = patternRule(
  /^(?:roles|(?:projects|organizations)\/[^/\s]+\/roles)\/[A-Za-z0-9_.]+$/,
  "roles/NAME, projects/PROJECT/roles/ID or organizations/NUMBER/roles/ID",
);

/**
 * Checks the arguments of a grant and fills in their defaults; problems go to `check`, whose `finish` is the
 * caller's to call.
 */
export function readGcpTargetGrantSettings(
  name: string,
  args: GcpTargetGrantArgs,
  check: ArgumentCheck,
): GcpTargetGrantSettings {
  check.checkPlain("name", name, gcpComponentNameRule);
  check.checkPlain("mode", args.mode ?? GcpGrantMode.Impersonation, modeRule);
  check.checkPlain("unsafeBasicRoles", args.unsafeBasicRoles);
  const isImpersonation = args.mode !== GcpGrantMode.Direct;
  if (!isImpersonation && args.serviceAccountEmail !== undefined) {
    check.report("serviceAccountEmail", "must be left out with the mode direct");
  }
  if (Object.keys(args.roles ?? {}).length === 0 && args.operations === undefined) {
    check.report("roles", "must name a role, or operations must be given");
  }
  return {
    project: check.check("project", args.project, projectIdRule),
    principal: check.check("principal", args.principal, runnerPrincipalRule),
    isImpersonation,
    serviceAccountEmail: check.checkOptional(
      "serviceAccountEmail",
      args.serviceAccountEmail,
      serviceAccountEmailRule,
    ),
    roles: Object.entries(args.roles ?? {}).map(([key, grant]) =>
      readRole(key, grant, roleRule(args.unsafeBasicRoles === true), check),
    ),
    state: readState(args, check),
  };
}

const modeRule: Rule<string> = oneOfRule(Object.values(GcpGrantMode));

function roleRule(mayBeBasic: boolean): Rule<string> {
  return (role) =>
    /^roles\/(?:owner|editor|viewer)$/.test(role) && !mayBeBasic
      ? "must not be a basic role, which spans every service, or unsafeBasicRoles must be true"
      : roleForm(role);
}

function readRole(
  key: string,
  { role, conditionExpression, conditionTitle }: GcpRoleGrantArgs,
  rule: Rule<string>,
  check: ArgumentCheck,
): GcpRoleGrant {
  const path = `roles.${key}`;
  check.checkPlain(path, key, keyRule);
  if (conditionExpression === undefined && conditionTitle !== undefined) {
    check.report(`${path}.conditionTitle`, "must be left out without conditionExpression");
  }
  const title = check.check(`${path}.conditionTitle`, conditionTitle ?? key, titleRule);
  return {
    key,
    role: check.check(`${path}.role`, role, rule),
    condition:
      conditionExpression === undefined ? undefined : { title, expression: conditionExpression },
  };
}

function readState(
  { operations, stateBucket, statePrefix }: GcpTargetGrantArgs,
  check: ArgumentCheck,
): GcpStateGrant | undefined {
  if ((operations === undefined) !== (stateBucket === undefined)) {
    check.report(
      operations === undefined ? "operations" : "stateBucket",
      "must be given, because operations and stateBucket go together",
    );
  }
  if (statePrefix !== undefined && stateBucket === undefined) {
    check.report("statePrefix", "must be left out without stateBucket");
  }
  if (operations === undefined || stateBucket === undefined) {
    return undefined;
  }
  check.checkPlain("operations", operations, operationsProblem);
  check.checkPlain("stateBucket", stateBucket, bucketRule);
  check.checkPlain("statePrefix", statePrefix ?? "", prefixRule);
  const problems = [
    operationsProblem(operations),
    bucketRule(stateBucket),
    prefixRule(statePrefix ?? ""),
  ];
  if (problems.some((problem) => problem !== undefined)) {
    return undefined;
  }
  const permissions = gcpPermissions({
    operations,
    stateBackend: { bucket: stateBucket, prefix: statePrefix ?? "" },
  });
  if (permissions.permissions.length === 0) {
    check.report("operations", "must name one that needs a right on the state, or be left out");
  }
  return { bucket: stateBucket, permissions };
}
