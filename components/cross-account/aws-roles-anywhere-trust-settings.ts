import { parseRunnerName } from "@holdfast/protocol/identity/runner-name.ts";
import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck, Rule } from "../runner-workload/argument-check.ts";
import { wholeNumberRule } from "../runner-workload/argument-rules.ts";
import { awsRoleArnRule, policyTextRule } from "./aws-argument-rules.ts";
import { certificateBundleRule } from "./aws-certificate-bundle.ts";
import { type AwsRoleSettings, readAwsRoleSettings } from "./aws-role-settings.ts";
import type { AwsRolesAnywhereTrustArgs } from "./aws-roles-anywhere-trust-args.ts";

/** The arguments of a trust: checked, with their defaults. */
export interface AwsRolesAnywhereTrustSettings {
  readonly role: AwsRoleSettings;
  readonly caBundlePem: pulumi.Input<string>;
  readonly runnerNames: readonly pulumi.Input<string>[];
  readonly sessionDurationSeconds: pulumi.Input<number>;
  readonly targetRoleArns: readonly pulumi.Input<string>[];
  readonly sessionPolicy: pulumi.Input<string> | undefined;
}

const runnerNameRule: Rule<string> = (uri) =>
  parseRunnerName(uri) === undefined
    ? "must be the name in a runner's certificate: " +
      "spiffe://TRUST-DOMAIN/organization/ORGANIZATION-ID/runner/RUNNER-ID"
    : undefined;

/** Checks the arguments of a trust; problems go to `check`, whose `finish` is the caller's to call. */
export function readAwsRolesAnywhereTrustSettings(
  args: AwsRolesAnywhereTrustArgs,
  check: ArgumentCheck,
): AwsRolesAnywhereTrustSettings {
  const { sessionDurationSeconds = 3_600, maxSessionDurationSeconds = 3_600 } = args;
  if (args.runnerNames.length === 0) {
    check.report("runnerNames", "must have the name of at least one runner");
  }
  if (
    typeof sessionDurationSeconds === "number" &&
    typeof maxSessionDurationSeconds === "number" &&
    sessionDurationSeconds > maxSessionDurationSeconds
  ) {
    check.report("sessionDurationSeconds", "must not be more than maxSessionDurationSeconds");
  }
  return {
    role: readAwsRoleSettings(args, check),
    // No secret; but what is given by mistake in its place may be one.
    caBundlePem: check.checkSecret("caBundlePem", args.caBundlePem, certificateBundleRule),
    runnerNames: check.checkList("runnerNames", args.runnerNames, runnerNameRule),
    sessionDurationSeconds: check.check(
      "sessionDurationSeconds",
      sessionDurationSeconds,
      wholeNumberRule(900, 43_200),
    ),
    targetRoleArns: check.checkList("targetRoleArns", args.targetRoleArns, awsRoleArnRule),
    sessionPolicy: check.checkOptional("sessionPolicy", args.sessionPolicy, policyTextRule),
  };
}
