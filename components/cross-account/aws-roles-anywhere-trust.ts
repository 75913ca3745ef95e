import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { Profile } from "@pulumi/aws/rolesanywhere/profile.js";
import { TrustAnchor } from "@pulumi/aws/rolesanywhere/trustAnchor.js";
import * as pulumi from "@pulumi/pulumi";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { assumeRolesPolicy } from "./aws-assume-roles-policy.ts";
import { makeAwsRole } from "./aws-role.ts";
import type { AwsRolesAnywhereTrustArgs } from "./aws-roles-anywhere-trust-args.ts";
import { rolesAnywhereTrustPolicy } from "./aws-roles-anywhere-trust-policy.ts";
import {
  type AwsRolesAnywhereTrustSettings,
  readAwsRolesAnywhereTrustSettings,
} from "./aws-roles-anywhere-trust-settings.ts";

/**
 * Lets runners anywhere take a role of AWS by their own certificates, without a key of AWS: IAM Roles Anywhere
 * trusts our certificate authority, and the role names the runners.
 *
 * A certificate that is revoked in the control plane is still taken here until it ends: short lifetimes are the
 * limit. Whoever signs for the authority decides who these runners are.
 */
export class AwsRolesAnywhereTrust extends pulumi.ComponentResource {
  /** ARN of the role that the runners act as: `runnerRoleArns` of `AwsTargetRole`. */
  readonly roleArn: pulumi.Output<string>;
  /** ARN of the trust anchor; a runner names it when it asks for credentials. */
  readonly trustAnchorArn: pulumi.Output<string>;
  /** ARN of the profile; a runner names it when it asks for credentials. */
  readonly profileArn: pulumi.Output<string>;

  /** @throws {pulumi.InputPropertiesError} if an argument is wrong, with all that is, before anything is made. */
  constructor(
    name: string,
    args: AwsRolesAnywhereTrustArgs,
    options?: pulumi.ComponentResourceOptions,
  ) {
    const check = new ArgumentCheck(`AwsRolesAnywhereTrust ${name}`);
    const settings = readAwsRolesAnywhereTrustSettings(args, check);
    check.finish();
    super("holdfast:index:AwsRolesAnywhereTrust", name, {}, options);

    const anchor = makeTrustAnchor(this, name, settings);
    const trustPolicy = pulumi
      .output({ trustAnchorArn: anchor.arn, runnerNames: [...settings.runnerNames] })
      .apply((trust) => JSON.stringify(rolesAnywhereTrustPolicy(trust)));
    const description = "What a Holdfast runner acts as, by its certificate";
    const { role } = makeAwsRole({ name, parent: this }, settings.role, {
      description,
      trustPolicy,
    });
    makeAssumeRolesPolicy(this, name, settings, role.name);
    const profile = makeProfile(this, name, settings, role.arn);

    this.roleArn = role.arn;
    this.trustAnchorArn = anchor.arn;
    this.profileArn = profile.arn;
    this.registerOutputs({
      roleArn: this.roleArn,
      trustAnchorArn: this.trustAnchorArn,
      profileArn: this.profileArn,
    });
  }
}

function makeTrustAnchor(
  parent: pulumi.Resource,
  name: string,
  { caBundlePem, role }: AwsRolesAnywhereTrustSettings,
): TrustAnchor {
  return new TrustAnchor(
    `${name}-trust-anchor`,
    {
      source: {
        sourceType: "CERTIFICATE_BUNDLE",
        sourceData: { x509CertificateData: pulumi.unsecret(pulumi.output(caBundlePem)) },
      },
      // The service's own default is off.
      enabled: true,
      tags: role.tags,
    },
    { parent },
  );
}

function makeAssumeRolesPolicy(
  parent: pulumi.Resource,
  name: string,
  { targetRoleArns }: AwsRolesAnywhereTrustSettings,
  role: pulumi.Output<string>,
): void {
  if (targetRoleArns.length > 0) {
    const policy = pulumi
      .output([...targetRoleArns])
      .apply((arns) => JSON.stringify(assumeRolesPolicy(arns)));
    new RolePolicy(`${name}-target-roles`, { role, policy }, { parent });
  }
}

function makeProfile(
  parent: pulumi.Resource,
  name: string,
  settings: AwsRolesAnywhereTrustSettings,
  roleArn: pulumi.Output<string>,
): Profile {
  const { sessionDurationSeconds, sessionPolicy, role } = settings;
  return new Profile(
    `${name}-profile`,
    {
      roleArns: [roleArn],
      durationSeconds: sessionDurationSeconds,
      enabled: true,
      tags: role.tags,
      ...(sessionPolicy === undefined ? {} : { sessionPolicy }),
    },
    { parent },
  );
}
