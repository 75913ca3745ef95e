import { describe, expect, test } from "vitest";
import { ecrRepositoryArn } from "./ecr-repository.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("the repository of an image", () => {
  test.each([
    [`123456789012.dkr.ecr.eu-west-1.amazonaws.com/holdfast/runner@${digest}`, "aws", "eu-west-1"],
    [`123456789012.dkr.ecr-fips.us-east-1.amazonaws.com/holdfast/runner:1`, "aws", "us-east-1"],
    [`123456789012.dkr-ecr.eu-west-1.on.aws/holdfast/runner@${digest}`, "aws", "eu-west-1"],
    [`123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/holdfast/runner`, "aws-cn", "cn-north-1"],
  ])("%s is the one in its registry", (image, partition, region) => {
    expect(ecrRepositoryArn(image, partition)).toBe(
      `arn:${partition}:ecr:${region}:123456789012:repository/holdfast/runner`,
    );
  });

  test.each([
    `registry.example/holdfast/runner@${digest}`,
    `public.ecr.aws/holdfast/runner@${digest}`,
    `registry.example/123456789012.dkr.ecr.eu-west-1.amazonaws.com/runner@${digest}`,
  ])("%s is in no private registry of AWS", (image) => {
    expect(ecrRepositoryArn(image, "aws")).toBeUndefined();
  });
});
