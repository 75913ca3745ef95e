import * as pulumi from "@pulumi/pulumi";
import { awsPolicy, type S3StateBackend } from "../least-privilege/aws-policy.ts";
import { operationsProblem } from "../least-privilege/operation-rights.ts";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { wholeNumberRule } from "../runner-workload/argument-rules.ts";
import {
  awsPathRule,
  awsPolicyArnRule,
  awsPolicyNameRule,
  awsRoleNameRule,
  policyTextRule,
} from "./aws-argument-rules.ts";
import type { AwsRoleArgs, AwsStateBackendArgs } from "./aws-role-args.ts";

/** A role's arguments: checked, with their defaults. */
export interface AwsRoleSettings {
  /** Texts of policies, by name; that of the operations is `operations`. */
  readonly inlinePolicies: Readonly<Record<string, pulumi.Input<string>>>;
  readonly managedPolicyArns: Readonly<Record<string, pulumi.Input<string>>>;
  readonly permissionsBoundaryArn: pulumi.Input<string> | undefined;
  readonly maxSessionDurationSeconds: pulumi.Input<number>;
  readonly roleName: pulumi.Input<string> | undefined;
  readonly path: pulumi.Input<string>;
  readonly tags: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Name of the policy that is made from `operations`. */
const operationsPolicyName = "operations";

/**
 * Checks a role's arguments; problems go to `check`, whose `finish` is the caller's to call.
 *
 * @param prefix what stands before the names of the arguments in messages, such as `role.`.
 */
export function readAwsRoleSettings(
  args: AwsRoleArgs,
  check: ArgumentCheck,
  prefix = "",
): AwsRoleSettings {
  return {
    inlinePolicies: {
      ...readOperations(args, check, prefix),
      ...readInlinePolicies(args, check, prefix),
    },
    managedPolicyArns: checkEach(
      `${prefix}managedPolicyArns`,
      args.managedPolicyArns,
      awsPolicyArnRule,
      check,
    ),
    permissionsBoundaryArn: check.checkOptional(
      `${prefix}permissionsBoundaryArn`,
      args.permissionsBoundaryArn,
      awsPolicyArnRule,
    ),
    maxSessionDurationSeconds: check.check(
      `${prefix}maxSessionDurationSeconds`,
      args.maxSessionDurationSeconds ?? 3_600,
      wholeNumberRule(3_600, 43_200),
    ),
    roleName: check.checkOptional(`${prefix}roleName`, args.roleName, awsRoleNameRule),
    path: check.check(`${prefix}path`, args.path ?? "/holdfast/", awsPathRule),
    tags: args.tags ?? {},
  };
}

function checkEach(
  path: string,
  values: Readonly<Record<string, pulumi.Input<string>>> = {},
  rule: Rule<string>,
  check: ArgumentCheck,
): Readonly<Record<string, pulumi.Input<string>>> {
  const checked = Object.entries(values).map(([key, value]) => {
    check.checkPlain(`${path}.${key}`, key, awsPolicyNameRule);
    return [key, check.check(`${path}.${key}`, value, rule)] as const;
  });
  return Object.fromEntries(checked);
}

function readInlinePolicies(
  { inlinePolicies = {} }: AwsRoleArgs,
  check: ArgumentCheck,
  prefix: string,
): Readonly<Record<string, pulumi.Input<string>>> {
  if (Object.hasOwn(inlinePolicies, operationsPolicyName)) {
    check.report(
      `${prefix}inlinePolicies.${operationsPolicyName}`,
      "must have another name: this one is that of the policy made from operations",
    );
  }
  return checkEach(`${prefix}inlinePolicies`, inlinePolicies, policyTextRule, check);
}

/** The policy of the operations, if they take any. */
function readOperations(
  { operations = [], stateBackend }: AwsRoleArgs,
  check: ArgumentCheck,
  prefix: string,
): Readonly<Record<string, pulumi.Input<string>>> {
  check.checkPlain(`${prefix}operations`, operations, operationsProblem);
  const backend =
    stateBackend === undefined ? undefined : checkBackend(stateBackend, check, prefix);
  if (backend === undefined || !takesState(operations)) {
    return {};
  }
  const text = pulumi
    .output(backend)
    .apply((known) => JSON.stringify(awsPolicy({ operations, stateBackend: known })));
  return { [operationsPolicyName]: text };
}

const anyBackend: S3StateBackend = { bucket: "any-bucket" };

/** Whether any of these operations touches the state; what is wrong with them is reported elsewhere. */
function takesState(operations: readonly string[]): boolean {
  return (
    operationsProblem(operations) === undefined &&
    awsPolicy({ operations, stateBackend: anyBackend }).Statement.length > 0
  );
}

/** Each part by itself, so that a message names the one that is wrong; the rules are those of the policy. */
function checkBackend(
  { bucket, prefix: folder, kmsKeyArn, partition }: AwsStateBackendArgs,
  check: ArgumentCheck,
  prefix: string,
): pulumi.Input<S3StateBackend> {
  const rule =
    (part: keyof S3StateBackend): Rule<string> =>
    (value) => {
      try {
        awsPolicy({ operations: ["pulumi.up"], stateBackend: { ...anyBackend, [part]: value } });
        return undefined;
      } catch (error) {
        return error instanceof RangeError ? error.message.replace(/^\S+ /, "") : String(error);
      }
    };
  const path = (part: string): string => `${prefix}stateBackend.${part}`;
  return pulumi
    .all([
      check.check(path("bucket"), bucket, rule("bucket")),
      check.checkOptional(path("prefix"), folder, rule("prefix")),
      check.checkOptional(path("kmsKeyArn"), kmsKeyArn, rule("kmsKeyArn")),
      check.checkOptional(path("partition"), partition, partitionRule),
    ])
    .apply(([name, keyPrefix, key, where]) => ({
      bucket: name,
      ...(keyPrefix === undefined ? {} : { prefix: keyPrefix }),
      ...(key === undefined ? {} : { kmsKeyArn: key }),
      ...(where === undefined ? {} : { partition: where }),
    }));
}

const partitionRule: Rule<string> = (value) =>
  /^aws[a-z-]*$/.test(value) ? undefined : "must be a partition, such as aws";
