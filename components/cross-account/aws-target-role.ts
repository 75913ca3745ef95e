import * as pulumi from "@pulumi/pulumi";
import { RandomUuid } from "@pulumi/random/randomUuid.js";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { makeAwsRole } from "./aws-role.ts";
import { roleTemplate } from "./aws-role-template.ts";
import type { AwsTargetRoleArgs } from "./aws-target-role-args.ts";
import {
  type AwsTargetRoleSettings,
  readAwsTargetRoleSettings,
} from "./aws-target-role-settings.ts";
import { targetTrustPolicy } from "./aws-target-trust-policy.ts";

const description = "What a Holdfast runner takes to work in this account";

/**
 * A role in a target account, for a connection of the mode cross-account trust: a runner of another account takes it
 * with an external id, for temporary credentials.
 *
 * Give it the target account's provider: `{ provider: targetAccount }`. The runner's own role must list this one in
 * `targetRoleArns`; both sides must agree.
 */
export class AwsTargetRole extends pulumi.ComponentResource {
  /** ARN of the role, for the connection. */
  readonly roleArn: pulumi.Output<string>;
  /** External id, for the connection. */
  readonly externalId: pulumi.Output<string>;
  /** Text of a CloudFormation template that makes the same role, for owners of accounts who do not use Pulumi. */
  readonly cloudFormationTemplate: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(name: string, args: AwsTargetRoleArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`AwsTargetRole ${name}`);
    const settings = readAwsTargetRoleSettings(args, check);
    check.finish();
    super("holdfast:index:AwsTargetRole", name, {}, options);

    const externalId = makeExternalId(this, name, settings);
    const trustPolicy = pulumi
      .output({ ...settings.trust, externalId })
      .apply((trust) => JSON.stringify(targetTrustPolicy(trust)));
    const { role } = makeAwsRole({ name, parent: this }, settings.role, {
      description,
      trustPolicy,
    });

    this.roleArn = role.arn;
    this.externalId = externalId;
    this.cloudFormationTemplate = pulumi
      .output({ ...settings.role, trustPolicy })
      .apply(({ managedPolicyArns, ...rest }) =>
        roleTemplate({
          ...rest,
          description,
          managedPolicyArns: Object.values(managedPolicyArns),
        }),
      );
    this.registerOutputs({
      roleArn: this.roleArn,
      externalId: this.externalId,
      cloudFormationTemplate: this.cloudFormationTemplate,
    });
  }
}

/** Random, but the same in each update: nobody can guess another organization's. */
function makeExternalId(
  parent: pulumi.Resource,
  name: string,
  { externalId }: AwsTargetRoleSettings,
): pulumi.Output<string> {
  return externalId === undefined
    ? new RandomUuid(`${name}-external-id`, {}, { parent }).result
    : pulumi.output(externalId);
}
