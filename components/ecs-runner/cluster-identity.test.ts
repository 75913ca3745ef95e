import { describe, expect, test } from "vitest";
import { clusterArnRule, clusterIdentity } from "./cluster-identity.ts";

describe("an ECS cluster's ARN", () => {
  test.each([
    ["arn:aws:ecs:eu-west-1:123456789012:cluster/production", "aws", "eu-west-1"],
    ["arn:aws-us-gov:ecs:us-gov-west-1:123456789012:cluster/a_b-1", "aws-us-gov", "us-gov-west-1"],
    ["arn:aws-cn:ecs:cn-north-1:123456789012:cluster/x", "aws-cn", "cn-north-1"],
  ])("%s says where everything else is made", (arn, partition, region) => {
    expect(clusterArnRule(arn)).toBeUndefined();
    expect(clusterIdentity(arn)).toEqual({ partition, region, accountId: "123456789012" });
  });

  test.each([
    "production",
    "arn:aws:ecs:eu-west-1:123456789012:service/production",
    "arn:aws:ecs:eu-west-1:12345678901:cluster/production",
    "arn:aws:ecs:eu-west-1:123456789012:cluster/",
    "arn:aws:ecs:eu-west-1:123456789012:cluster/a/b",
    "arn:aws:eks:eu-west-1:123456789012:cluster/production",
  ])("%s is none", (arn) => {
    expect(clusterArnRule(arn)).toContain("must be the ARN of an ECS cluster");
  });
});
