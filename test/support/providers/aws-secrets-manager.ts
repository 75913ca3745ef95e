import { randomBytes, randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { AwsPlace, PlaceOf } from "./aws-place.ts";
import { awsTags, tagsAll } from "./aws-tags.ts";
import {
  type InputProblem,
  type StandInContext,
  type StandInResource,
  textOf,
  unknownValue,
  type Values,
} from "./stand-in-provider.ts";

/** Secrets and their versions. */
export function secretsManagerResources(
  placeOf: PlaceOf,
): Readonly<Record<string, StandInResource>> {
  return {
    "aws:secretsmanager/secret:Secret": secret(placeOf),
    "aws:secretsmanager/secretVersion:SecretVersion": secretVersion(placeOf),
  };
}

/** terraform-provider-aws 6, internal/service/secretsmanager/secret.go: ForceNew of name and name_prefix. */
function secret(placeOf: PlaceOf): StandInResource {
  // Names stay taken while a deleted secret can be restored.
  const scheduledForDeletion = new Set<string>();
  return {
    replaceOn: ["name", "namePrefix"],
    autoName: { property: "name", maxLength: 512, unless: "namePrefix" },
    defaults: () => ({ forceOverwriteReplicaSecret: false, recoveryWindowInDays: 30 }),
    check: ({ recoveryWindowInDays }) => recoveryProblems(recoveryWindowInDays),
    create: async (inputs, { configuration }) => {
      const place = await placeOf(configuration);
      const name = textOf(inputs, "name");
      if (scheduledForDeletion.has(`${place.accountId} ${place.region} ${name}`)) {
        throw new Error(
          "InvalidRequestException: You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
      }
      const arn = (await createSecret(name, inputs, place)) ?? secretArn(name, place);
      return { id: arn, outputs: { arn, policy: "", replicas: [], tagsAll: tagsAll(inputs) } };
    },
    update: async (id, inputs, _state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      await clients?.secretsManager.send(
        new UpdateSecretCommand({ SecretId: id, Description: textOf(inputs, "description") }),
      );
      return { tagsAll: tagsAll(inputs) };
    },
    delete: async (id, state, { configuration }) => {
      const { clients, accountId, region } = await placeOf(configuration);
      const days = Number(state["recoveryWindowInDays"]);
      await clients?.secretsManager.send(
        new DeleteSecretCommand({
          SecretId: id,
          ...(days === 0 ? { ForceDeleteWithoutRecovery: true } : { RecoveryWindowInDays: days }),
        }),
      );
      if (days > 0) {
        scheduledForDeletion.add(`${accountId} ${region} ${textOf(state, "name")}`);
      }
    },
  };
}

function recoveryProblems(days: Values[string] | undefined): readonly InputProblem[] {
  const isRight =
    days === undefined ||
    days === unknownValue ||
    days === 0 ||
    (typeof days === "number" && days >= 7 && days <= 30);
  return isRight
    ? []
    : [{ property: "recoveryWindowInDays", reason: "expected to be 0 or in the range (7 - 30)" }];
}

function secretArn(name: string, { partition, region, accountId }: AwsPlace): string {
  const random = randomBytes(3).toString("hex");
  return `arn:${partition}:secretsmanager:${region}:${accountId}:secret:${name}-${random}`;
}

async function createSecret(
  name: string,
  inputs: Values,
  { clients }: AwsPlace,
): Promise<string | undefined> {
  const key = textOf(inputs, "kmsKeyId");
  const answer = await clients?.secretsManager.send(
    new CreateSecretCommand({
      Name: name,
      Description: textOf(inputs, "description"),
      Tags: awsTags(inputs),
      ...(key === "" ? {} : { KmsKeyId: key }),
    }),
  );
  return answer?.ARN;
}

/**
 * terraform-provider-aws 6, internal/service/secretsmanager/secret_version.go: ForceNew of secret_id and of the
 * value; a deletion takes every label but AWSCURRENT from the version.
 */
function secretVersion(placeOf: PlaceOf): StandInResource {
  return {
    replaceOn: ["secretId", "secretString", "secretBinary", "secretStringWoVersion"],
    secretOutputs: ["secretString", "secretBinary", "secretStringWo"],
    create: async (inputs, context) => {
      const place = await placeOf(context.configuration);
      const secretId = textOf(inputs, "secretId");
      requireSecret(secretId, context);
      const versionId = randomUUID();
      await place.clients?.secretsManager.send(
        new PutSecretValueCommand({
          SecretId: secretId,
          ClientRequestToken: versionId,
          SecretString: textOf(inputs, "secretString"),
        }),
      );
      return {
        id: `${secretId}|${versionId}`,
        outputs: {
          arn: secretId,
          secretArn: secretId,
          versionId,
          hasSecretStringWo: false,
          versionStages: ["AWSCURRENT"],
        },
      };
    },
    delete: async (_id, state, { configuration }) => {
      const { clients } = await placeOf(configuration);
      const stages = state["versionStages"];
      for (const stage of Array.isArray(stages) ? stages : []) {
        if (stage !== "AWSCURRENT") {
          await clients?.secretsManager.send(
            new UpdateSecretVersionStageCommand({
              SecretId: textOf(state, "secretId"),
              VersionStage: String(stage),
              RemoveFromVersionId: textOf(state, "versionId"),
            }),
          );
        }
      }
    },
  };
}

function requireSecret(secretId: string, { objects }: StandInContext): void {
  const isThere = objects.some(
    ({ token, id, outputs }) =>
      token === "aws:secretsmanager/secret:Secret" &&
      (id === secretId || outputs["name"] === secretId),
  );
  if (!isThere) {
    throw new Error("ResourceNotFoundException: Secrets Manager can't find the specified secret.");
  }
}
