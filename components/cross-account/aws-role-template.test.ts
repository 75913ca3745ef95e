import { expect, test } from "vitest";
import { roleTemplate } from "./aws-role-template.ts";

const document = { Version: "2012-10-17", Statement: [{ Effect: "Allow" }] };
const plain = {
  description: "What a runner takes",
  trustPolicy: JSON.stringify(document),
  inlinePolicies: {},
  managedPolicyArns: [],
  maxSessionDurationSeconds: 3_600,
  path: "/holdfast/",
  tags: {},
};

test("a template makes one role, and nothing that was not asked for", () => {
  expect(JSON.parse(roleTemplate(plain))).toEqual({
    AWSTemplateFormatVersion: "2010-09-09",
    Description: "What a runner takes",
    Resources: {
      Role: {
        Type: "AWS::IAM::Role",
        Properties: {
          Path: "/holdfast/",
          Description: "What a runner takes",
          AssumeRolePolicyDocument: document,
          MaxSessionDuration: 3_600,
        },
      },
    },
    Outputs: {
      RoleArn: {
        Description: "What the connection names as its role.",
        Value: { "Fn::GetAtt": ["Role", "Arn"] },
      },
    },
  });
});

test("a template has the name, policies, boundary and tags of the role", () => {
  const text = roleTemplate({
    ...plain,
    roleName: "target",
    inlinePolicies: { operations: JSON.stringify(document) },
    managedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    permissionsBoundaryArn: "arn:aws:iam::444455556666:policy/boundary",
    tags: { team: "platform" },
  });
  expect(JSON.parse(text)).toMatchObject({
    Resources: {
      Role: {
        Properties: {
          RoleName: "target",
          Policies: [{ PolicyName: "operations", PolicyDocument: document }],
          ManagedPolicyArns: ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
          PermissionsBoundary: "arn:aws:iam::444455556666:policy/boundary",
          Tags: [{ Key: "team", Value: "platform" }],
        },
      },
    },
  });
});
