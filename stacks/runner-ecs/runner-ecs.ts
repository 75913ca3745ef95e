import { clusterIdentity } from "holdfast/ecs-runner/cluster-identity.ts";
import { EcsRunner } from "holdfast/ecs-runner/ecs-runner.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import { runnerOutputs } from "../enrolled-runner/runner-outputs.ts";
import { awsAccount } from "../places/aws-account.ts";
import type { Program } from "../program.ts";

/**
 * A runner on Amazon ECS, in a cluster and subnets that exist.
 *
 * Configuration, beside that of {@link enrolledRunner}: `image`, by digest; `clusterArn`, whose account and region
 * everything is made in, with the credentials that the AWS SDK finds (`AWS_PROFILE`), and which must be that
 * account's; `vpcId` and `subnetIds`, a list; `targetRoleArns`, a list of roles that the runner may take (default:
 * none); `kmsKeyArn` (default: the account's `aws/secretsmanager`); `replicas` (default: 2). For stacks that do not
 * last: `recoveryWindowDays: 0` and `keepLogs: false`.
 */
export const runnerEcs: Program = (config, folder) => {
  const enrolled = enrolledRunner(config, folder);
  const clusterArn = config.require("clusterArn");
  const account = awsAccount(clusterIdentity(clusterArn));
  const workload = new EcsRunner(
    "ecs-runner",
    {
      clusterArn,
      image: config.require("image"),
      credentials: enrolled.identity.credentialsFile,
      vpcId: config.require("vpcId"),
      subnetIds: config.requireObject<string[]>("subnetIds"),
      targetRoleArns: config.getObject<string[]>("targetRoleArns"),
      kmsKeyArn: config.get("kmsKeyArn"),
      replicas: config.getNumber("replicas"),
      recoveryWindowDays: config.getNumber("recoveryWindowDays"),
      keepLogs: config.getBoolean("keepLogs"),
      tags: { "holdfast:stack": "runner-ecs" },
    },
    { providers: [account] },
  );
  return runnerOutputs(enrolled, workload);
};
