import type * as pulumi from "@pulumi/pulumi";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";
import {
  awsOrganizationIdRule,
  awsRoleArnRule,
  externalIdRule,
  sessionNamePatternRule,
  sessionTagKeyRule,
  sessionTagValueRule,
  sourceIdentityRule,
} from "./aws-argument-rules.ts";
import { eksClusterArnPattern, eksSessionTags } from "./aws-eks-session-tags.ts";
import { type AwsRoleSettings, readAwsRoleSettings } from "./aws-role-settings.ts";
import type { AwsTargetRoleArgs } from "./aws-target-role-args.ts";
import type { TargetTrust } from "./aws-target-trust-policy.ts";

/** The arguments of a target role: checked, with their defaults. */
export interface AwsTargetRoleSettings {
  readonly role: AwsRoleSettings;
  /** Undefined if one is to be made. */
  readonly externalId: pulumi.Input<string> | undefined;
  readonly trust: TrustInputs;
}

/** {@link TargetTrust} before it is known, without its external id. */
interface TrustInputs {
  readonly runnerRoleArns: readonly pulumi.Input<string>[];
  readonly strictPrincipal: boolean;
  readonly organizationId: pulumi.Input<string> | undefined;
  readonly sessionNamePattern: pulumi.Input<string> | undefined;
  readonly sessionTags: Readonly<Record<string, pulumi.Input<string>>>;
  readonly sessionTagKeys: TargetTrust["sessionTagKeys"];
  readonly sourceIdentity: pulumi.Input<string> | undefined;
}

/** The ARN of a cluster, in words for a message. */
export const eksClusterArnRule = patternRule(
  eksClusterArnPattern,
  "the ARN of an EKS cluster: arn:aws:eks:REGION:ACCOUNT:cluster/NAME",
);

/** Checks the arguments of a target role; problems go to `check`, whose `finish` is the caller's to call. */
export function readAwsTargetRoleSettings(
  args: AwsTargetRoleArgs,
  check: ArgumentCheck,
): AwsTargetRoleSettings {
  check.checkPlain("strictPrincipal", args.strictPrincipal);
  if (args.runnerRoleArns.length === 0) {
    check.report("runnerRoleArns", "must have the ARN of at least one role");
  }
  return {
    role: readAwsRoleSettings(args, check),
    externalId: check.checkOptional("externalId", args.externalId, externalIdRule),
    trust: {
      runnerRoleArns: check.checkList("runnerRoleArns", args.runnerRoleArns, awsRoleArnRule),
      strictPrincipal: args.strictPrincipal === true,
      organizationId: check.checkOptional(
        "awsOrganizationId",
        args.awsOrganizationId,
        awsOrganizationIdRule,
      ),
      sessionNamePattern: check.checkOptional(
        "sessionNamePattern",
        args.sessionNamePattern,
        sessionNamePatternRule,
      ),
      ...readTags(args, check),
      sourceIdentity: check.checkOptional(
        "sourceIdentity",
        args.sourceIdentity,
        sourceIdentityRule,
      ),
    },
  };
}

function readTags(
  { sessionTags: given = {}, eksPodIdentity }: AwsTargetRoleArgs,
  check: ArgumentCheck,
): Pick<TrustInputs, "sessionTags" | "sessionTagKeys"> {
  const sessionTags = Object.fromEntries(
    Object.entries(given).map(([key, value]) => {
      check.checkPlain(`sessionTags.${key}`, key, sessionTagKeyRule);
      return [key, check.check(`sessionTags.${key}`, value, sessionTagValueRule)];
    }),
  );
  if (eksPodIdentity === undefined) {
    return { sessionTags, sessionTagKeys: [] };
  }
  const { clusterArn, namespace, serviceAccountName } = eksPodIdentity;
  const path = "eksPodIdentity";
  return {
    sessionTags: {
      ...sessionTags,
      [eksSessionTags.clusterArn]: check.check(`${path}.clusterArn`, clusterArn, eksClusterArnRule),
      [eksSessionTags.namespace]: check.check(`${path}.namespace`, namespace, sessionTagValueRule),
      [eksSessionTags.serviceAccount]: check.check(
        `${path}.serviceAccountName`,
        serviceAccountName,
        sessionTagValueRule,
      ),
    },
    sessionTagKeys: Object.values(eksSessionTags),
  };
}
