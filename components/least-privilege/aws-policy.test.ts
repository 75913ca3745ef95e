import { expect, test } from "vitest";
import { awsPolicy } from "./aws-policy.ts";
import { operationRights } from "./operation-rights.ts";
import type { PolicyStatement } from "./policy-document.ts";

const stateBackend = { bucket: "acme-state", prefix: "team/a" };
const kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const program: PolicyStatement = {
  Sid: "Program",
  Effect: "Allow",
  Action: ["sqs:CreateQueue"],
  Resource: ["arn:aws:sqs:eu-west-1:111122223333:acme-*"],
};

test("an update reads and writes the state of its backend, and nothing beside it", () => {
  const inside = "arn:aws:s3:::acme-state/team/a/.pulumi";
  expect(awsPolicy({ operations: ["pulumi.up"], stateBackend })).toEqual({
    Version: "2012-10-17",
    Statement: [
      {
        Sid: "ListState",
        Effect: "Allow",
        Action: ["s3:ListBucket"],
        Resource: ["arn:aws:s3:::acme-state"],
        Condition: { StringLikeIfExists: { "s3:prefix": ["team/a/.pulumi/*"] } },
      },
      {
        Sid: "ReadState",
        Effect: "Allow",
        Action: ["s3:GetObject"],
        Resource: [`${inside}/meta.yaml`, `${inside}/stacks/*`, `${inside}/locks/*`],
      },
      {
        Sid: "WriteState",
        Effect: "Allow",
        Action: ["s3:PutObject", "s3:AbortMultipartUpload"],
        Resource: [
          `${inside}/meta.yaml`,
          `${inside}/stacks/*`,
          `${inside}/locks/*`,
          `${inside}/history/*`,
          `${inside}/backups/*`,
        ],
      },
      {
        Sid: "DeleteState",
        Effect: "Allow",
        Action: ["s3:DeleteObject"],
        Resource: [`${inside}/locks/*`],
      },
    ],
  });
});

test("giving back a lock deletes locks and writes nothing", () => {
  const { Statement } = awsPolicy({
    operations: ["pulumi.cancel"],
    stateBackend: { ...stateBackend, kmsKeyArn },
    programStatements: [program],
  });
  expect(Statement.flatMap(({ Action }) => Action)).toEqual([
    "s3:ListBucket",
    "s3:GetObject",
    "s3:DeleteObject",
    "kms:Decrypt",
  ]);
});

test("the key of a bucket is used through S3, for that bucket", () => {
  const { Statement } = awsPolicy({
    operations: ["pulumi.refresh"],
    stateBackend: { ...stateBackend, kmsKeyArn },
  });
  expect(Statement.at(-1)).toEqual({
    Sid: "UseStateKey",
    Effect: "Allow",
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: [kmsKeyArn],
    Condition: {
      StringEquals: { "kms:ViaService": ["s3.eu-west-1.amazonaws.com"] },
      StringLike: {
        "kms:EncryptionContext:aws:s3:arn": [
          "arn:aws:s3:::acme-state",
          "arn:aws:s3:::acme-state/*",
        ],
      },
    },
  });
});

test("what a program manages is added to operations that run it, and to no other", () => {
  const statementsOf = (kind: string) =>
    awsPolicy({ operations: [kind], programStatements: [program] }).Statement;
  for (const [kind, { usesProviders }] of Object.entries(operationRights)) {
    expect([kind, statementsOf(kind)]).toEqual([kind, usesProviders ? [program] : []]);
  }
});

test("operations on Kubernetes and on the runner itself need nothing in IAM", () => {
  const operations = Object.keys(operationRights).filter((kind) => !kind.startsWith("pulumi."));
  const parts = { operations, stateBackend: { ...stateBackend, kmsKeyArn } };
  expect(awsPolicy({ ...parts, programStatements: [program] }).Statement).toEqual([]);
});

test("no statement has a wildcard for an action, or for a resource beyond its bucket", () => {
  const operations = Object.keys(operationRights);
  const { Statement } = awsPolicy({
    operations,
    stateBackend: { bucket: "acme-state", kmsKeyArn },
  });
  for (const { Action, Resource } of Statement) {
    expect(Action.filter((action) => action.includes("*"))).toEqual([]);
    expect(
      Resource.filter(
        (arn) => !/^arn:aws:s3:::acme-state(?:\/\.pulumi\/[a-z.]+(?:\/\*)?)?$|:key\//.test(arn),
      ),
    ).toEqual([]);
  }
  expect(new Set(Statement.map(({ Sid }) => Sid)).size).toBe(Statement.length);
});

test("other partitions have their own names", () => {
  const { Statement } = awsPolicy({
    operations: ["pulumi.cancel"],
    stateBackend: {
      bucket: "acme-state",
      partition: "aws-cn",
      kmsKeyArn: kmsKeyArn.replace("arn:aws:kms:eu-west-1", "arn:aws-cn:kms:cn-north-1"),
    },
  });
  expect(Statement[0]?.Resource).toEqual(["arn:aws-cn:s3:::acme-state"]);
  expect(Statement.at(-1)?.Condition).toMatchObject({
    StringEquals: { "kms:ViaService": ["s3.cn-north-1.amazonaws.com.cn"] },
  });
});

test.each([
  { bucket: "acme-*" },
  { bucket: "acme-state", prefix: "team/*" },
  { bucket: "acme-state", prefix: "team/$" },
  { bucket: "acme-state", kmsKeyArn: "alias/state" },
])("an address that would mean more in a policy is refused: %o", (backend) => {
  expect(() => awsPolicy({ operations: ["pulumi.up"], stateBackend: backend })).toThrow(RangeError);
});
