import {
  type PolicyDocument,
  type PolicyStatement,
  policyDocument,
} from "../least-privilege/policy-document.ts";

/** What the platform needs before the runner starts: its image, its credentials, and a place for its log. */
export interface ExecutionRoleNeeds {
  /** The one entry with the credentials. */
  readonly secretArn: string;
  /** Key that the entry is encrypted with, or undefined for the account's `aws/secretsmanager`, which needs no
   * right of its own. */
  readonly kmsKeyArn: string | undefined;
  readonly region: string;
  readonly logGroupArn: string;
  /** Repository of the image, or undefined if it is in no private registry of AWS. */
  readonly imageRepositoryArn: string | undefined;
}

/**
 * What the execution role may do: read this one secret, decrypt it and nothing else with its key, pull this
 * one image, write to this one log group. The vendor's `AmazonECSTaskExecutionRolePolicy` has the image and
 * the log on `*` and is not used.
 */
export function executionRolePolicy(needs: ExecutionRoleNeeds): PolicyDocument {
  const { secretArn, logGroupArn } = needs;
  return policyDocument([
    {
      Sid: "ReadCredentials",
      Effect: "Allow",
      Action: ["secretsmanager:GetSecretValue"],
      Resource: [secretArn],
    },
    ...decryptCredentials(needs),
    {
      Sid: "WriteLog",
      Effect: "Allow",
      Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
      Resource: [`${logGroupArn}:*`],
    },
    ...pullImage(needs),
  ]);
}

/** AWS Secrets Manager User Guide, "Secret encryption and decryption": key policy conditions and context. */
function decryptCredentials(needs: ExecutionRoleNeeds): readonly PolicyStatement[] {
  const { secretArn, kmsKeyArn, region } = needs;
  if (kmsKeyArn === undefined) {
    return [];
  }
  return [
    {
      Sid: "DecryptCredentials",
      Effect: "Allow",
      Action: ["kms:Decrypt"],
      Resource: [kmsKeyArn],
      Condition: {
        StringEquals: {
          "kms:EncryptionContext:SecretARN": secretArn,
          "kms:ViaService": `secretsmanager.${region}.amazonaws.com`,
        },
      },
    },
  ];
}

/** Amazon ECR User Guide, "Private repository policies": the token is of the registry and has no narrower resource. */
function pullImage({ imageRepositoryArn }: ExecutionRoleNeeds): readonly PolicyStatement[] {
  if (imageRepositoryArn === undefined) {
    return [];
  }
  return [
    {
      Sid: "LogInToRegistry",
      Effect: "Allow",
      Action: ["ecr:GetAuthorizationToken"],
      Resource: ["*"],
    },
    {
      Sid: "PullImage",
      Effect: "Allow",
      Action: [
        "ecr:BatchCheckLayerAvailability",
        "ecr:BatchGetImage",
        "ecr:GetDownloadUrlForLayer",
      ],
      Resource: [imageRepositoryArn],
    },
  ];
}
