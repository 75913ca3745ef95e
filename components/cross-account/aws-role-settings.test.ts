import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { refusalOf, settingsOf } from "../../test/support/argument-problems.ts";
import type { AwsRoleArgs } from "./aws-role-args.ts";
import { type AwsRoleSettings, readAwsRoleSettings } from "./aws-role-settings.ts";

const allowAll = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }],
});

function read(args: AwsRoleArgs, prefix?: string): AwsRoleSettings {
  return settingsOf((check) => readAwsRoleSettings(args, check, prefix));
}

async function textOf(value: pulumi.Input<string> | undefined): Promise<string | undefined> {
  return await new Promise((resolve) => {
    pulumi.output(value).apply(resolve);
  });
}

describe("the arguments of a role", () => {
  test("give a role that may do nothing, unless more is asked for", () => {
    expect(read({})).toEqual({
      inlinePolicies: {},
      managedPolicyArns: {},
      permissionsBoundaryArn: undefined,
      maxSessionDurationSeconds: 3_600,
      roleName: undefined,
      path: "/holdfast/",
      tags: {},
    });
  });

  test("make a policy from operations, on the bucket that the state is in", async () => {
    const stateBackend = { bucket: pulumi.output("states"), prefix: "a" };
    const { inlinePolicies } = read({ operations: ["pulumi.cancel"], stateBackend });
    const text = await textOf(inlinePolicies["operations"]);
    expect(text).toContain("arn:aws:s3:::states/a/.pulumi/locks/*");
    expect(text).not.toContain("s3:PutObject");
  });

  test.each<[string, AwsRoleArgs]>([
    ["without a backend", { operations: ["pulumi.up"] }],
    [
      "if none touches it",
      { operations: ["kubernetes.pods.list"], stateBackend: { bucket: "states" } },
    ],
    ["without operations", { stateBackend: { bucket: "states" } }],
  ])("make no policy %s: IAM takes none without statements", (_, args) => {
    expect(read(args).inlinePolicies).toEqual({});
  });

  test("all that is wrong is said at once, each with its property", () => {
    const wrong: AwsRoleArgs = {
      operations: ["pulumi.up", "pulumi.upp"],
      stateBackend: {
        bucket: "UPPER",
        prefix: "a*",
        kmsKeyArn: "alias/x",
        partition: "amazon",
      },
      inlinePolicies: { operations: allowAll, "a/b": allowAll, empty: "{}" },
      managedPolicyArns: { read: "ReadOnlyAccess" },
      permissionsBoundaryArn: "arn:aws:iam::444455556666:role/boundary",
      maxSessionDurationSeconds: 3_599,
      roleName: "a/b",
      path: "holdfast",
    };
    const problems = refusalOf(() => read(wrong, "role."))?.errors ?? [];
    expect(problems.map(({ propertyPath }) => propertyPath).toSorted()).toEqual([
      "role.inlinePolicies.a/b",
      "role.inlinePolicies.empty",
      "role.inlinePolicies.operations",
      "role.managedPolicyArns.read",
      "role.maxSessionDurationSeconds",
      "role.operations",
      "role.path",
      "role.permissionsBoundaryArn",
      "role.roleName",
      "role.stateBackend.bucket",
      "role.stateBackend.kmsKeyArn",
      "role.stateBackend.partition",
      "role.stateBackend.prefix",
    ]);
  });

  test.each<[AwsRoleArgs, boolean]>([
    [{ maxSessionDurationSeconds: 3_600 }, true],
    [{ maxSessionDurationSeconds: 43_200 }, true],
    [{ maxSessionDurationSeconds: 43_201 }, false],
    [{ path: "/" }, true],
    [{ path: "/a/b/" }, true],
    [{ path: "/a/b" }, false],
    [{ path: "//" }, false],
    [{ roleName: "a".repeat(64) }, true],
    [{ roleName: "a".repeat(65) }, false],
    [{ roleName: "a b" }, false],
    [{ managedPolicyArns: { a: "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess" } }, true],
    [{ managedPolicyArns: { a: "arn:aws:iam::aws:policy/*" } }, false],
    [{ inlinePolicies: { a: allowAll } }, true],
    [{ inlinePolicies: { a: allowAll.replace("2012-10-17", "2008-10-17") } }, false],
    [{ inlinePolicies: { a: `${allowAll}${" ".repeat(10_240)}` } }, false],
    [{ inlinePolicies: { a: '{"Version":"2012-10-17","Statement":[]}' } }, false],
    [{ inlinePolicies: { a: "allow" } }, false],
    [{ inlinePolicies: { a: "null" } }, false],
  ])("%j: %s", (args, expected) => {
    if (expected) {
      expect(() => read(args)).not.toThrow();
    } else {
      expect(() => read(args)).toThrow(pulumi.InputPropertiesError);
    }
  });
});
