import { describe, expect, test } from "vitest";
import { decide } from "../../test/support/iam-policy/decide.ts";
import type { PolicyRequest } from "../../test/support/iam-policy/request.ts";
import { ecsTaskTrustPolicy } from "./ecs-task-trust-policy.ts";

const account = "123456789012";
const role = `arn:aws:iam::${account}:role/runner-task-role`;
const policy = ecsTaskTrustPolicy({ partition: "aws", region: "eu-west-1", accountId: account });
const ecs = { kind: "service", service: "ecs-tasks.amazonaws.com" } as const;
const own = {
  "aws:SourceAccount": account,
  "aws:SourceArn": `arn:aws:ecs:eu-west-1:${account}:task/production/1`,
};

interface Row {
  readonly who: string;
  readonly caller: PolicyRequest["caller"];
  readonly context: Readonly<Record<string, string>>;
  readonly allowed: boolean;
}

const callers: readonly Row[] = [
  { who: "ECS for a task of the account", caller: ecs, context: own, allowed: true },
  {
    who: "ECS for a task of another account",
    caller: ecs,
    context: {
      "aws:SourceAccount": "210987654321",
      "aws:SourceArn": "arn:aws:ecs:eu-west-1:210987654321:task/production/1",
    },
    allowed: false,
  },
  {
    who: "ECS in another region",
    caller: ecs,
    context: { ...own, "aws:SourceArn": `arn:aws:ecs:us-east-1:${account}:task/production/1` },
    allowed: false,
  },
  { who: "ECS that does not say for whom", caller: ecs, context: {}, allowed: false },
  {
    who: "another service",
    caller: { kind: "service", service: "ec2.amazonaws.com" },
    context: own,
    allowed: false,
  },
  {
    who: "an administrator of the account",
    caller: { kind: "user", userArn: `arn:aws:iam::${account}:user/admin`, userId: "AIDA1" },
    context: own,
    allowed: false,
  },
  {
    who: "the runner itself",
    caller: { kind: "role session", roleArn: role, roleId: "AROA1", sessionName: "task" },
    context: own,
    allowed: false,
  },
];

describe("the trust policy of the runner's roles", () => {
  test.each(callers)("$who: $allowed", ({ caller, context, allowed }) => {
    const everything = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }],
    };
    const request = { caller, action: "sts:AssumeRole", resource: role, context };
    expect(decide(request, { identity: [everything], resource: policy }).allowed).toBe(allowed);
  });

  test("reads, word by word", () => {
    expect(policy).toMatchInlineSnapshot(`
      {
        "Statement": [
          {
            "Action": [
              "sts:AssumeRole",
            ],
            "Condition": {
              "ArnLike": {
                "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*",
              },
              "StringEquals": {
                "aws:SourceAccount": "123456789012",
              },
            },
            "Effect": "Allow",
            "Principal": {
              "Service": "ecs-tasks.amazonaws.com",
            },
            "Sid": "EcsTasksOfThisAccount",
          },
        ],
        "Version": "2012-10-17",
      }
    `);
  });
});
