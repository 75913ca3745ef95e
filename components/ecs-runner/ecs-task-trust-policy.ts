import type { ClusterIdentity } from "./cluster-identity.ts";
import { type PolicyDocument, policyDocument } from "./policy-document.ts";

/**
 * Who may take the runner's two roles: ECS, and only for tasks of this account and region. Without the
 * conditions, ECS could be made to use them for a task of somebody else's account that names their ARNs
 * (Amazon ECS Developer Guide, "Task IAM role": confused deputy).
 */
export function ecsTaskTrustPolicy(cluster: ClusterIdentity): PolicyDocument {
  const { partition, region, accountId } = cluster;
  return policyDocument([
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
