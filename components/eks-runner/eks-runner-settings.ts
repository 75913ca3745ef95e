import type * as pulumi from "@pulumi/pulumi";
import { awsRoleArnRule } from "../cross-account/aws-argument-rules.ts";
import { type AwsRoleSettings, readAwsRoleSettings } from "../cross-account/aws-role-settings.ts";
import { eksClusterArnRule } from "../cross-account/aws-target-role-settings.ts";
import {
  type KubernetesSettings,
  readKubernetesSettings,
} from "../kubernetes-runner/kubernetes-settings.ts";
import type { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { oneOfRule, patternRule } from "../runner-workload/argument-rules.ts";
import { EksIdentityMode } from "./eks-identity-mode.ts";
import type { EksRunnerArgs } from "./eks-runner-args.ts";

/** The arguments of a runner on EKS: checked, with their defaults. */
export interface EksRunnerSettings {
  readonly kubernetes: KubernetesSettings;
  readonly clusterArn: pulumi.Input<string>;
  readonly identityMode: EksIdentityMode;
  readonly oidcProviderArn: pulumi.Input<string> | undefined;
  readonly oidcIssuerUrl: pulumi.Input<string> | undefined;
  readonly createPodIdentityAgent: boolean;
  readonly targetRoleArns: readonly pulumi.Input<string>[];
  readonly role: AwsRoleSettings;
  readonly existingRoleArn: pulumi.Input<string> | undefined;
  readonly podIdentityTargetRoleArn: pulumi.Input<string> | undefined;
}

const oidcProviderArnRule = patternRule(
  /^arn:aws[a-z-]*:iam::\d{12}:oidc-provider\/[\w.-]+(?:\/[\w.-]+)*$/,
  "the ARN of an OpenID provider: arn:aws:iam::ACCOUNT:oidc-provider/ISSUER",
);
const issuerUrlRule = patternRule(
  /^https:\/\/[\w.-]+(?:\/[\w.-]+)*$/,
  "the URL of the cluster's OpenID issuer, such as https://oidc.eks.REGION.amazonaws.com/id/ID",
);

/** Checks the arguments of a runner on EKS; problems go to `check`, whose `finish` is the caller's to call. */
export function readEksRunnerSettings(
  name: string,
  args: EksRunnerArgs,
  check: ArgumentCheck,
): EksRunnerSettings {
  const identityMode = args.identityMode ?? EksIdentityMode.PodIdentity;
  check.checkPlain("identityMode", identityMode, oneOfRule(Object.values(EksIdentityMode)));
  check.checkPlain("createPodIdentityAgent", args.createPodIdentityAgent);
  reportCombinations(identityMode, args, check);
  const optionalRole = (path: "existingRoleArn" | "podIdentityTargetRoleArn") =>
    check.checkOptional(path, args[path], awsRoleArnRule);
  return {
    kubernetes: readKubernetesSettings(name, args, check),
    clusterArn: check.check("clusterArn", args.clusterArn, eksClusterArnRule),
    identityMode,
    oidcProviderArn: check.checkOptional(
      "oidcProviderArn",
      args.oidcProviderArn,
      oidcProviderArnRule,
    ),
    oidcIssuerUrl: check.checkOptional("oidcIssuerUrl", args.oidcIssuerUrl, issuerUrlRule),
    createPodIdentityAgent: args.createPodIdentityAgent === true,
    targetRoleArns: check.checkList("targetRoleArns", args.targetRoleArns, awsRoleArnRule),
    role: readAwsRoleSettings(
      { ...args.role, tags: { ...args.tags, ...args.role?.tags } },
      check,
      "role.",
    ),
    existingRoleArn: optionalRole("existingRoleArn"),
    podIdentityTargetRoleArn: optionalRole("podIdentityTargetRoleArn"),
  };
}

/** Arguments that say nothing, or contradict each other, beside others. */
function reportCombinations(
  mode: EksIdentityMode,
  args: EksRunnerArgs,
  check: ArgumentCheck,
): void {
  const others =
    mode === EksIdentityMode.PodIdentity
      ? (["oidcProviderArn", "oidcIssuerUrl"] as const)
      : (["createPodIdentityAgent", "podIdentityTargetRoleArn"] as const);
  for (const path of others) {
    if (args[path] !== undefined) {
      check.report(path, `must be left out when identityMode is ${mode}`);
    }
  }
  const isGiven = (path: "oidcProviderArn" | "oidcIssuerUrl"): boolean => args[path] !== undefined;
  if (
    mode === EksIdentityMode.ServiceAccountRole &&
    isGiven("oidcProviderArn") === isGiven("oidcIssuerUrl")
  ) {
    const given = isGiven("oidcProviderArn") ? "both" : "neither";
    check.report("oidcProviderArn", `must be given, or else oidcIssuerUrl; given: ${given}`);
  }
  for (const path of ["role", "targetRoleArns"] as const) {
    if (args.existingRoleArn !== undefined && args[path] !== undefined) {
      check.report(path, "must be left out with existingRoleArn, to which nothing is attached");
    }
  }
}
