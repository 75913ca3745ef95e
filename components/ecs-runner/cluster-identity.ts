import type { Rule } from "../runner-workload/argument-check.ts";

const clusterArn = /^arn:(aws[a-z-]*):ecs:([a-z0-9-]+):(\d{12}):cluster\/[A-Za-z0-9_-]{1,255}$/;

/** Where a cluster is: everything of the runner is made there too. */
export interface ClusterIdentity {
  /** Such as `aws` or `aws-us-gov`. */
  readonly partition: string;
  readonly region: string;
  /** 12 digits. */
  readonly accountId: string;
}

/** The ARN of an ECS cluster (Service Authorization Reference, "Resource types defined by Amazon ECS"). */
export const clusterArnRule: Rule<string> = (value) =>
  clusterArn.test(value)
    ? undefined
    : "must be the ARN of an ECS cluster: arn:aws:ecs:REGION:ACCOUNT:cluster/NAME";

/** Partition, region and account of a cluster, from an ARN that {@link clusterArnRule} has passed. */
export function clusterIdentity(arn: string): ClusterIdentity {
  const [, partition = "", region = "", accountId = ""] = clusterArn.exec(arn) ?? [];
  return { partition, region, accountId };
}
