import { describe, expect, test } from "vitest";
import { decide } from "../../test/support/iam-policy/decide.ts";
import { taskRolePolicy } from "./task-role-policy.ts";

const here = "arn:aws:iam::123456789012:role/target";
const elsewhere = "arn:aws:iam::210987654321:role/runner/target";
const policy = taskRolePolicy({ targetRoleArns: [elsewhere, here], executeCommand: false });

const runner = {
  kind: "role session",
  roleArn: "arn:aws:iam::123456789012:role/runner-task-role",
  roleId: "AROARUNNER",
  sessionName: "task",
} as const;

/** A role that trusts the runner, so that what is judged is the runner's own policy. */
function isAllowed(action: string, resource: string): boolean {
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { AWS: "arn:aws:iam::123456789012:root" }, Action: "sts:*" },
    ],
  };
  const isRole = resource.includes(":role/");
  return decide(
    { caller: runner, action, resource, ...(isRole ? {} : { resourceAccount: "123456789012" }) },
    { identity: [policy], ...(isRole ? { resource: trust } : {}) },
  ).allowed;
}

describe("the task role", () => {
  test.each(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])(
    "has %s on the listed targets and on nothing else",
    (action) => {
      expect(isAllowed(action, here)).toBe(true);
      expect(isAllowed(action, elsewhere)).toBe(true);
      for (const other of [
        "arn:aws:iam::123456789012:role/target2",
        "arn:aws:iam::123456789012:role/runner/target",
        "arn:aws:iam::210987654321:role/target",
        "arn:aws:iam::333333333333:role/target",
        runner.roleArn,
      ]) {
        expect(isAllowed(action, other), other).toBe(false);
      }
    },
  );

  test.each([
    [
      "secretsmanager:GetSecretValue",
      "arn:aws:secretsmanager:eu-west-1:123456789012:secret:runner-AbCdEf",
    ],
    ["sts:GetFederationToken", "*"],
    ["iam:PassRole", here],
    ["iam:UpdateAssumeRolePolicy", here],
    ["s3:ListAllMyBuckets", "*"],
    ["ec2:DescribeInstances", "*"],
    ["ssmmessages:OpenDataChannel", "*"],
  ])("has no %s", (action, resource) => {
    expect(isAllowed(action, resource)).toBe(false);
  });

  test("has this policy, word by word, whatever the order of the list", () => {
    expect(
      taskRolePolicy({ targetRoleArns: [here, elsewhere, here], executeCommand: false }),
    ).toEqual(policy);
    expect(policy).toMatchInlineSnapshot(`
      {
        "Statement": [
          {
            "Action": [
              "sts:AssumeRole",
              "sts:SetSourceIdentity",
              "sts:TagSession",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:iam::123456789012:role/target",
              "arn:aws:iam::210987654321:role/runner/target",
            ],
            "Sid": "AssumeTargetRoles",
          },
        ],
        "Version": "2012-10-17",
      }
    `);
  });

  test("gets the channels of a shell with the unsafe option only", () => {
    const { Statement: statements } = taskRolePolicy({ targetRoleArns: [], executeCommand: true });
    expect(statements.map(({ Sid }) => Sid)).toEqual(["ExecuteCommand"]);
    expect(taskRolePolicy({ targetRoleArns: [], executeCommand: false }).Statement).toEqual([]);
  });
});
