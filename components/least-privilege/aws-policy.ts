import { type StateAccess, stateParts } from "./operation-rights.ts";
import type { PolicyDocument, PolicyStatement } from "./policy-document.ts";
import { keyPrefix, partsWith, useProviders } from "./state-rights.ts";

/** A state backend of the form `s3://BUCKET/PREFIX`. */
export interface S3StateBackend {
  readonly bucket: string;
  /** Folder in the bucket. Default: none, the bucket is the backend's own. */
  readonly prefix?: string;
  /** ARN of the key that the bucket encrypts with, if it is a key of AWS KMS. */
  readonly kmsKeyArn?: string;
  /** Partition of the bucket: `aws`, `aws-cn` or `aws-us-gov`. Default: `aws`. */
  readonly partition?: string;
}

/** What {@link awsPolicy} is made from. */
export interface AwsPolicyParts {
  /** Kinds of operations that the connection may run. */
  readonly operations: readonly string[];
  /** Where the stacks' state is; left out if that is not S3. */
  readonly stateBackend?: S3StateBackend;
  /**
   * What the programs of the stacks themselves manage. Only their author knows it; it is added if one of
   * the operations runs them.
   */
  readonly programStatements?: readonly PolicyStatement[];
}

/**
 * The smallest identity policy with which a connection can run these operations.
 *
 * Operations on Kubernetes need nothing in IAM. A policy without statements is not one that IAM takes:
 * attach none then.
 *
 * @throws {RangeError} if a kind is not in the catalog, or the backend's address cannot stand in a policy.
 */
export function awsPolicy(parts: AwsPolicyParts): PolicyDocument {
  const { operations, stateBackend, programStatements = [] } = parts;
  return {
    Version: "2012-10-17",
    Statement: [
      ...(stateBackend === undefined ? [] : stateStatements(operations, stateBackend)),
      ...(useProviders(operations) ? programStatements : []),
    ],
  };
}

/** Actions of S3 behind each access (Service Authorization Reference, "Actions defined by Amazon S3"). */
const actions: Readonly<Record<StateAccess, readonly string[]>> = {
  read: ["s3:GetObject"],
  // A large state goes up in parts; giving up on one must not leave the others behind.
  write: ["s3:PutObject", "s3:AbortMultipartUpload"],
  delete: ["s3:DeleteObject"],
};

const sids: Readonly<Record<StateAccess, string>> = {
  read: "ReadState",
  write: "WriteState",
  delete: "DeleteState",
};

function stateStatements(
  operations: readonly string[],
  backend: S3StateBackend,
): readonly PolicyStatement[] {
  const bucketArn = bucketArnOf(backend);
  const prefix = keyPrefix(backend.prefix);
  const objects = (["read", "write", "delete"] as const).flatMap((access): PolicyStatement[] => {
    const names = partsWith(operations, access).map((part) => stateParts[part]);
    return names.length === 0
      ? []
      : [
          {
            Sid: sids[access],
            Effect: "Allow",
            Action: actions[access],
            Resource: names.map(
              (name) => `${bucketArn}/${prefix}${name}${name.endsWith("/") ? "*" : ""}`,
            ),
          },
        ];
  });
  return objects.length === 0
    ? []
    : [listStatement(bucketArn, prefix), ...objects, ...keyStatements(operations, backend)];
}

/**
 * IfExists: whoever asks for an object that is not there gets 404 only if they may list the bucket, and
 * 403 otherwise; such a request has no prefix (Amazon S3 API Reference, HeadObject, "Permissions"). Pulumi
 * takes 404 for "not there yet" and ends on 403.
 */
function listStatement(bucketArn: string, prefix: string): PolicyStatement {
  return {
    Sid: "ListState",
    Effect: "Allow",
    Action: ["s3:ListBucket"],
    Resource: [bucketArn],
    Condition: { StringLikeIfExists: { "s3:prefix": [`${prefix}.pulumi/*`] } },
  };
}

/** S3 uses the key for whoever asks, and for this bucket only (Amazon S3 User Guide, "Using SSE-KMS"). */
function keyStatements(
  operations: readonly string[],
  backend: S3StateBackend,
): readonly PolicyStatement[] {
  const { kmsKeyArn } = backend;
  if (kmsKeyArn === undefined) {
    return [];
  }
  const region = /^arn:[a-z-]+:kms:([a-z0-9-]+):\d{12}:key\/[A-Za-z0-9-]+$/.exec(kmsKeyArn)?.[1];
  if (region === undefined) {
    throw new RangeError("stateBackend.kmsKeyArn must be the ARN of a key of AWS KMS");
  }
  const suffix = backend.partition === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
  const bucketArn = bucketArnOf(backend);
  const mayWrite = partsWith(operations, "write").length > 0;
  return [
    {
      Sid: "UseStateKey",
      Effect: "Allow",
      // Parts of an upload are decrypted to be put together, so writing takes both.
      Action: ["kms:Decrypt", ...(mayWrite ? ["kms:GenerateDataKey"] : [])],
      Resource: [kmsKeyArn],
      Condition: {
        StringEquals: { "kms:ViaService": [`s3.${region}.${suffix}`] },
        // The bucket with a bucket key, the object without one.
        StringLike: { "kms:EncryptionContext:aws:s3:arn": [bucketArn, `${bucketArn}/*`] },
      },
    },
  ];
}

function bucketArnOf({ bucket, partition = "aws" }: S3StateBackend): string {
  // Amazon S3 User Guide, "General purpose bucket naming rules".
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw new RangeError("stateBackend.bucket must be the name of a bucket");
  }
  return `arn:${partition}:s3:::${bucket}`;
}
