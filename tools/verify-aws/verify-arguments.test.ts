import { describe, expect, test } from "vitest";
import { readVerifyArguments, verifyUsage } from "./verify-arguments.ts";

const right: Readonly<Record<string, string>> = {
  profile: "sandbox",
  region: "eu-west-1",
  account: "123456789012",
  "cluster-arn": "arn:aws:ecs:eu-west-1:123456789012:cluster/sandbox",
  "vpc-id": "vpc-0a1b",
  "subnet-ids": "subnet-0a, subnet-0b",
  image: `registry.example/runner@sha256:${"a".repeat(64)}`,
  endpoint: "holdfast.example.com:8444",
  "ca-certificate-file": "ca.pem",
  "api-key-file": "/keys/me",
  organization: "acme",
};

function read(changes: Readonly<Record<string, string>> = {}, without: readonly string[] = []) {
  const options = Object.entries({ ...right, ...changes }).filter(
    ([name]) => !without.includes(name),
  );
  return readVerifyArguments(
    options.flatMap(([name, value]) => [`--${name}`, value]),
    "/home/me",
  );
}

describe("the command line of verify:aws", () => {
  test("is read with absolute paths and lists", () => {
    expect(read()).toMatchObject({
      profile: "sandbox",
      accountId: "123456789012",
      subnetIds: ["subnet-0a", "subnet-0b"],
      targetRoleArns: [],
      caCertificateFile: "/home/me/ca.pem",
      apiKeyFile: "/keys/me",
      keepOnFailure: false,
    });
  });

  test.each(Object.keys(right))("is refused without --%s", (name) => {
    expect(() => read({}, [name])).toThrow(`--${name} is needed`);
    expect(() => read({ [name]: "" })).toThrow(`--${name} is needed`);
    expect(verifyUsage).toContain(`--${name} `);
  });

  test("says all that is missing at once", () => {
    expect(() => read({}, ["profile", "region", "account"])).toThrow(
      "--profile is needed; --region is needed; --account is needed",
    );
  });

  test("is refused when account, region and cluster do not tell of one place", () => {
    expect(() => read({ account: "210987654321" })).toThrow("--account is not that of the cluster");
    expect(() => read({ region: "us-east-1" })).toThrow("--region is not that of the cluster");
    expect(() => read({ "cluster-arn": "sandbox" })).toThrow("no ARN of an ECS cluster");
  });

  test("has no option that answers for the person", () => {
    expect(() => readVerifyArguments(["--yes"], "/")).toThrow("Unknown option '--yes'");
  });
});
