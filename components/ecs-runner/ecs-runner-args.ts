import type * as pulumi from "@pulumi/pulumi";
import type { RunnerWorkloadArgs } from "../runner-workload/runner-workload-args.ts";
import type { EcsCpuArchitecture } from "./ecs-cpu-architecture.ts";

/**
 * Arguments of `EcsRunner`. Of the common ones: `cpuMillicores` is 250, 500, 1,000, 2,000, 4,000, 8,000 or
 * 16,000, with the memory that Fargate has for it, and `terminationGraceSeconds` is at most 120.
 */
export interface EcsRunnerArgs extends RunnerWorkloadArgs {
  /** ARN of the cluster. Its account and region are the runner's. Another one replaces the service. */
  readonly clusterArn: pulumi.Input<string>;
  /** Id of the network of the subnets. Another one replaces the security group. */
  readonly vpcId: pulumi.Input<string>;
  /** Ids of 1 to 16 subnets, best private ones in two zones or more. They need a way out: a NAT gateway, or
   * the endpoints that docs/targets/ecs.md lists. */
  readonly subnetIds: pulumi.Input<pulumi.Input<string>[]>;
  /** ARN of the KMS key that encrypts the credentials (with `existingSecretArn`: that encrypts that entry).
   * The key's policy must let the account's IAM policies decide. Default: `aws/secretsmanager`, the key
   * that AWS manages in the account. */
  readonly kmsKeyArn?: pulumi.Input<string> | undefined;
  /** ARN of an entry of Secrets Manager that has the credentials file's text, in place of `credentials`. */
  readonly existingSecretArn?: pulumi.Input<string> | undefined;
  /** Version of that entry. Without one each task takes the current one when it starts. */
  readonly existingSecretVersionId?: pulumi.Input<string> | undefined;
  /** How long a deleted entry can be restored, in days: 7 to 30, or 0 for not at all. Default: 7. */
  readonly recoveryWindowDays?: pulumi.Input<number> | undefined;
  /** How long lines of the log are kept, in days, as CloudWatch offers it. Default: 30. */
  readonly logRetentionDays?: pulumi.Input<number> | undefined;
  /** Whether the log group outlives the runner when it is destroyed; its lines still go when their days have
   * passed. Default: true. */
  readonly keepLogs?: boolean | undefined;
  /** ARN of the ECR repository that the execution role may pull from. Default: that of `image`, if it is in
   * ECR. An image elsewhere must need no login. */
  readonly imageRepositoryArn?: pulumi.Input<string> | undefined;
  /** Processor that the image is for. Default: `x64`. */
  readonly cpuArchitecture?: pulumi.Input<EcsCpuArchitecture> | undefined;
  /** Roles, of any account, that the runner may take. Default: none, and then it has no permission at all. */
  readonly targetRoleArns?: pulumi.Input<string>[] | undefined;
  /** ARN of a role that exists, as the runner's identity. Then this component attaches nothing to it: the
   * right to take target roles, the trust in `ecs-tasks.amazonaws.com` with its conditions, and what
   * `unsafeExecuteCommand` needs are yours to give. Default: a role of its own. */
  readonly taskRoleArn?: pulumi.Input<string> | undefined;
  /** ARN of the policy that bounds what the runner's own role can ever be given. Default: none. */
  readonly taskRolePermissionsBoundaryArn?: pulumi.Input<string> | undefined;
  /** The same for the role that ECS starts the runner with. Default: none. */
  readonly executionRolePermissionsBoundaryArn?: pulumi.Input<string> | undefined;
  /** Ids of prefix lists that the runner may connect to on port 443, such as that of S3, where `egressCidrBlocks`
   * is narrow and images come from ECR through a gateway endpoint. Default: none. */
  readonly egressPrefixListIds?: string[] | undefined;
  /** Gives each task a public address, for public subnets without NAT. Nothing can connect to it, as there is
   * no inbound rule; what it protects is then that rule alone. Default: false. */
  readonly unsafePublicIp?: boolean | undefined;
  /** Lets whoever has `ecs:ExecuteCommand` run commands inside the runner, where its credentials are in the
   * environment. Its root file system is then writable. Default: false. */
  readonly unsafeExecuteCommand?: boolean | undefined;
}
