import { describe, expect, test } from "vitest";
import { decide } from "../../test/support/iam-policy/decide.ts";
import type { PolicyRequest } from "../../test/support/iam-policy/request.ts";
import { type ExecutionRoleNeeds, executionRolePolicy } from "./execution-role-policy.ts";

const account = "123456789012";
const secretArn = `arn:aws:secretsmanager:eu-west-1:${account}:secret:runner-AbCdEf`;
const kmsKeyArn = `arn:aws:kms:eu-west-1:${account}:key/0a1b`;
const logGroupArn = `arn:aws:logs:eu-west-1:${account}:log-group:runner-logs`;
const imageRepositoryArn = `arn:aws:ecr:eu-west-1:${account}:repository/holdfast/runner`;
const needs: ExecutionRoleNeeds = {
  secretArn,
  kmsKeyArn,
  region: "eu-west-1",
  logGroupArn,
  imageRepositoryArn,
};

function isAllowed(
  action: string,
  resource: string,
  context: PolicyRequest["context"] = {},
  given: Partial<ExecutionRoleNeeds> = {},
): boolean {
  const caller = {
    kind: "role session",
    roleArn: `arn:aws:iam::${account}:role/runner-execution-role`,
    roleId: "AROAEXECUTION",
    sessionName: "task",
  } as const;
  const policy = executionRolePolicy({ ...needs, ...given });
  // What a key's policy must say before any policy of IAM counts: the account decides.
  const keyPolicy = {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Action: "kms:*",
        Resource: "*",
      },
    ],
  };
  return decide(
    { caller, action, resource, resourceAccount: account, context },
    { identity: [policy], ...(action.startsWith("kms:") ? { resource: keyPolicy } : {}) },
  ).allowed;
}

describe("the execution role", () => {
  test("reads the one secret and no other", () => {
    const read = "secretsmanager:GetSecretValue";
    expect(isAllowed(read, secretArn)).toBe(true);
    for (const other of [
      `arn:aws:secretsmanager:eu-west-1:${account}:secret:runner-AbCdEg`,
      `arn:aws:secretsmanager:eu-west-1:${account}:secret:runner-AbCdEfx`,
      `arn:aws:secretsmanager:eu-west-1:${account}:secret:runner`,
      `arn:aws:secretsmanager:us-east-1:${account}:secret:runner-AbCdEf`,
      `arn:aws:secretsmanager:eu-west-1:210987654321:secret:runner-AbCdEf`,
      "*",
    ]) {
      expect(isAllowed(read, other), other).toBe(false);
    }
  });

  test.each(["PutSecretValue", "DeleteSecret", "DescribeSecret", "UpdateSecretVersionStage"])(
    "may not even %s the one secret",
    (action) => {
      expect(isAllowed(`secretsmanager:${action}`, secretArn)).toBe(false);
    },
  );

  test("decrypts with the key for this secret, through Secrets Manager, and in no other way", () => {
    const right = {
      "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
      "kms:EncryptionContext:SecretARN": secretArn,
    };
    expect(isAllowed("kms:Decrypt", kmsKeyArn, right)).toBe(true);
    expect(isAllowed("kms:Decrypt", kmsKeyArn)).toBe(false);
    for (const wrong of [
      { ...right, "kms:ViaService": "s3.eu-west-1.amazonaws.com" },
      { ...right, "kms:EncryptionContext:SecretARN": `${secretArn}x` },
      { "kms:ViaService": right["kms:ViaService"] },
    ]) {
      expect(isAllowed("kms:Decrypt", kmsKeyArn, wrong)).toBe(false);
    }
    expect(isAllowed("kms:Decrypt", `${kmsKeyArn}2`, right)).toBe(false);
    expect(isAllowed("kms:Encrypt", kmsKeyArn, right)).toBe(false);
    expect(isAllowed("kms:Decrypt", kmsKeyArn, right, { kmsKeyArn: undefined })).toBe(false);
  });

  test("pulls the one image, and may log in to no registry if the image is in none of AWS", () => {
    for (const action of [
      "BatchGetImage",
      "GetDownloadUrlForLayer",
      "BatchCheckLayerAvailability",
    ]) {
      expect(isAllowed(`ecr:${action}`, imageRepositoryArn)).toBe(true);
      expect(isAllowed(`ecr:${action}`, `${imageRepositoryArn}2`)).toBe(false);
    }
    expect(isAllowed("ecr:PutImage", imageRepositoryArn)).toBe(false);
    expect(isAllowed("ecr:GetAuthorizationToken", "*")).toBe(true);
    const elsewhere = { imageRepositoryArn: undefined };
    expect(isAllowed("ecr:GetAuthorizationToken", "*", {}, elsewhere)).toBe(false);
    expect(isAllowed("ecr:BatchGetImage", imageRepositoryArn, {}, elsewhere)).toBe(false);
  });

  test("writes to the one log group, and makes and reads none", () => {
    const stream = `${logGroupArn}:log-stream:runner/runner/1`;
    expect(isAllowed("logs:CreateLogStream", stream)).toBe(true);
    expect(isAllowed("logs:PutLogEvents", stream)).toBe(true);
    expect(isAllowed("logs:PutLogEvents", `${logGroupArn}2:log-stream:a`)).toBe(false);
    for (const action of ["CreateLogGroup", "GetLogEvents", "DeleteLogStream"]) {
      expect(isAllowed(`logs:${action}`, stream)).toBe(false);
    }
  });

  test("takes no role", () => {
    expect(isAllowed("sts:AssumeRole", `arn:aws:iam::${account}:role/any`)).toBe(false);
  });

  test("has this policy, word by word", () => {
    expect(executionRolePolicy(needs)).toMatchInlineSnapshot(`
      {
        "Statement": [
          {
            "Action": [
              "secretsmanager:GetSecretValue",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:secretsmanager:eu-west-1:123456789012:secret:runner-AbCdEf",
            ],
            "Sid": "ReadCredentials",
          },
          {
            "Action": [
              "kms:Decrypt",
            ],
            "Condition": {
              "StringEquals": {
                "kms:EncryptionContext:SecretARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:runner-AbCdEf",
                "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
              },
            },
            "Effect": "Allow",
            "Resource": [
              "arn:aws:kms:eu-west-1:123456789012:key/0a1b",
            ],
            "Sid": "DecryptCredentials",
          },
          {
            "Action": [
              "logs:CreateLogStream",
              "logs:PutLogEvents",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:logs:eu-west-1:123456789012:log-group:runner-logs:*",
            ],
            "Sid": "WriteLog",
          },
          {
            "Action": [
              "ecr:GetAuthorizationToken",
            ],
            "Effect": "Allow",
            "Resource": [
              "*",
            ],
            "Sid": "LogInToRegistry",
          },
          {
            "Action": [
              "ecr:BatchCheckLayerAvailability",
              "ecr:BatchGetImage",
              "ecr:GetDownloadUrlForLayer",
            ],
            "Effect": "Allow",
            "Resource": [
              "arn:aws:ecr:eu-west-1:123456789012:repository/holdfast/runner",
            ],
            "Sid": "PullImage",
          },
        ],
        "Version": "2012-10-17",
      }
    `);
  });
});
