import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { credentialsEntry } from "./credentials-entry.ts";
import type { EcsRunnerArgs } from "./ecs-runner-args.ts";
import { readEcsRunnerSettings } from "./ecs-runner-settings.ts";
import { runnerLog } from "./runner-log.ts";
import { runnerNetwork } from "./runner-network.ts";
import { executionRole, taskRole } from "./runner-roles.ts";
import { runnerService, taskDefinition } from "./runner-service.ts";

/**
 * A runner on Amazon ECS with Fargate, in a cluster and a network that exist.
 *
 * Its credentials are an entry of Secrets Manager that only ECS itself may read, on the runner's behalf, in the
 * one version that each revision names. Its identity is a role that may take the listed roles and nothing else.
 * Nothing can connect to it. See docs/targets/ecs.md for what the network must offer.
 */
export class EcsRunner extends pulumi.ComponentResource {
  /** ARN of the role that the runner acts as: the principal for the trust policy of a target role. */
  readonly identityPrincipal: pulumi.Output<string>;
  /** ARN of the entry of Secrets Manager that has the credentials. */
  readonly secretReference: pulumi.Output<string>;
  /** Changes with the credentials; no secret. */
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the ECS service. */
  readonly workloadName: pulumi.Output<string>;
  /** ARN of the role that ECS starts the runner with: the principal for the policy of a secret, key or repository
   * of another account. */
  readonly executionRoleArn: pulumi.Output<string>;
  /** Id of the security group around each task. */
  readonly securityGroupId: pulumi.Output<string>;
  /** Name of the CloudWatch log group. */
  readonly logGroupName: pulumi.Output<string>;
  /** ARN of the revision that this stack rolled out. */
  readonly taskDefinitionArn: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if arguments are wrong, with all that is, before anything is made. */
  constructor(name: string, args: EcsRunnerArgs, options?: pulumi.ComponentResourceOptions) {
    const check = new ArgumentCheck(`EcsRunner ${name}`);
    const settings = readEcsRunnerSettings(args, check);
    check.finish();
    super("holdfast:index:EcsRunner", name, {}, options);

    const credentials = credentialsEntry(this, name, settings);
    const logGroup = runnerLog(this, name, settings);
    const needs = { credentials, logGroupArn: logGroup.arn };
    const parts = {
      credentials,
      logGroup,
      executionRole: executionRole(this, name, settings, needs),
      taskRole: taskRole(this, name, settings),
    };
    const network = runnerNetwork(this, name, settings);
    const definition = taskDefinition(this, name, settings, parts);
    const service = runnerService(this, name, settings, { ...parts, network, definition });

    this.identityPrincipal = parts.taskRole.arn;
    this.secretReference = credentials.secretArn;
    this.credentialsFingerprint = settings.credentialsFingerprint;
    this.workloadName = service.name;
    this.executionRoleArn = parts.executionRole.arn;
    this.securityGroupId = network.securityGroup.id;
    this.logGroupName = logGroup.name;
    this.taskDefinitionArn = definition.arn;
    this.registerOutputs({
      identityPrincipal: this.identityPrincipal,
      secretReference: this.secretReference,
      credentialsFingerprint: this.credentialsFingerprint,
      workloadName: this.workloadName,
      executionRoleArn: this.executionRoleArn,
      securityGroupId: this.securityGroupId,
      logGroupName: this.logGroupName,
      taskDefinitionArn: this.taskDefinitionArn,
    });
  }
}
