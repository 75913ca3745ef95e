import { Secret } from "@pulumi/aws/secretsmanager/secret.js";
import { SecretVersion } from "@pulumi/aws/secretsmanager/secretVersion.js";
import * as pulumi from "@pulumi/pulumi";
import type { EcsRunnerSettings } from "./ecs-runner-settings.ts";

/** Where the credentials are. */
export interface CredentialsEntry {
  readonly secretArn: pulumi.Output<string>;
  /** The very version, as a container definition names it: `ARN:JSON-KEY:VERSION-STAGE:VERSION-ID`. */
  readonly valueFrom: pulumi.Output<string>;
}

/**
 * Makes the entry, or takes the one that exists.
 *
 * The version is part of the name that tasks read it by. A task definition therefore stands for one content, new
 * content makes a new revision, and a deployment that is rolled back finds the old content again, for which the
 * old version is kept when it is replaced: AWS drops versions without a label.
 */
export function credentialsEntry(
  parent: pulumi.ComponentResource,
  name: string,
  settings: EcsRunnerSettings,
): CredentialsEntry {
  const { credentials, existingSecretArn, existingSecretVersionId } = settings;
  if (existingSecretArn !== undefined || credentials === undefined) {
    const secretArn = pulumi.output(existingSecretArn ?? "");
    return { secretArn, valueFrom: versionOf(secretArn, existingSecretVersionId) };
  }
  const secret = new Secret(
    `${name}-credentials`,
    {
      description: "Credentials of a Holdfast runner",
      recoveryWindowInDays: settings.recoveryWindowDays,
      tags: settings.tags,
      ...(settings.kmsKeyArn === undefined ? {} : { kmsKeyId: settings.kmsKeyArn }),
    },
    { parent },
  );
  const version = new SecretVersion(
    `${name}-credentials-version`,
    { secretId: secret.id, secretString: credentials },
    { parent, retainOnDelete: true },
  );
  return { secretArn: secret.arn, valueFrom: versionOf(secret.arn, version.versionId) };
}

function versionOf(
  secretArn: pulumi.Output<string>,
  versionId: pulumi.Input<string> | undefined,
): pulumi.Output<string> {
  return versionId === undefined ? secretArn : pulumi.interpolate`${secretArn}:::${versionId}`;
}
