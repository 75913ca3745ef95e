import { type TrustPolicy, trustPolicy } from "../cross-account/aws-trust-policy.ts";
import type { ClusterIdentity } from "./cluster-identity.ts";

/**
 * Who may take the runner's two roles: ECS, and only for tasks of this account and region. Without the
 * conditions, ECS could be made to use them for a task of somebody else's account that names their ARNs
 * (Amazon ECS Developer Guide, "Task IAM role": confused deputy).
 */
export function ecsTaskTrustPolicy(cluster: ClusterIdentity): TrustPolicy {
  const { partition, region, accountId } = cluster;
  return trustPolicy([
    {
      Sid: "EcsTasksOfThisAccount",
      Effect: "Allow",
      Principal: { Service: "ecs-tasks.amazonaws.com" },
      Action: ["sts:AssumeRole"],
      Condition: {
        StringEquals: { "aws:SourceAccount": accountId },
        ArnLike: { "aws:SourceArn": `arn:${partition}:ecs:${region}:${accountId}:*` },
      },
    },
  ]);
}
