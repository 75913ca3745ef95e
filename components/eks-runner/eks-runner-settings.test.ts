import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { refusalOf, settingsOf } from "../../test/support/argument-problems.ts";
import { EksIdentityMode } from "./eks-identity-mode.ts";
import type { EksRunnerArgs } from "./eks-runner-args.ts";
import { type EksRunnerSettings, readEksRunnerSettings } from "./eks-runner-settings.ts";

const right: EksRunnerArgs = {
  image: `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`,
  existingSecretName: "credentials",
  namespace: "holdfast",
  clusterArn: "arn:aws:eks:eu-west-1:111122223333:cluster/production",
};
const oidcProviderArn =
  "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const oidcIssuerUrl = "https://oidc.eks.eu-west-1.amazonaws.com/id/ABC";
const roleArn = "arn:aws:iam::111122223333:role/runner";
const { ServiceAccountRole: identityMode } = EksIdentityMode;

function read(given: Partial<EksRunnerArgs> = {}): EksRunnerSettings {
  return settingsOf((check) => readEksRunnerSettings("prod", { ...right, ...given }, check));
}

describe("the arguments of EksRunner", () => {
  test("use EKS Pod Identity with a role that may do nothing", () => {
    expect(read()).toMatchObject({
      identityMode: "pod-identity",
      createPodIdentityAgent: false,
      targetRoleArns: [],
      existingRoleArn: undefined,
      podIdentityTargetRoleArn: undefined,
      role: { inlinePolicies: {}, managedPolicyArns: {}, path: "/holdfast/" },
    });
  });

  test("tags are the role's, too, and its own win", () => {
    const { role, kubernetes } = read({
      tags: { team: "a", app: "b" },
      role: { tags: { team: "c" } },
    });
    expect(role.tags).toEqual({ team: "c", app: "b" });
    expect(kubernetes.labels).toEqual({ team: "a", app: "b" });
  });

  test("all that is wrong is said at once, each with its property", () => {
    const wrong = {
      namespace: "Holdfast",
      clusterArn: "production",
      targetRoleArns: ["arn:aws:iam::*:role/target"],
      role: { maxSessionDurationSeconds: 60 },
      existingRoleArn: "runner",
      podIdentityTargetRoleArn: "target",
      identityMode: "anything" as EksIdentityMode,
    };
    const message = String(refusalOf(() => read(wrong)));
    for (const path of [
      ...["namespace", "clusterArn", "targetRoleArns[0]", "role.maxSessionDurationSeconds"],
      ...["existingRoleArn", "podIdentityTargetRoleArn", "identityMode"],
    ]) {
      expect(message).toContain(`\n  ${path} must `);
    }
  });

  test.each<[string, Partial<EksRunnerArgs>]>([
    ["oidcProviderArn", { oidcProviderArn }],
    ["oidcIssuerUrl", { oidcIssuerUrl }],
    ["createPodIdentityAgent", { identityMode, oidcProviderArn, createPodIdentityAgent: true }],
    [
      "podIdentityTargetRoleArn",
      { identityMode, oidcProviderArn, podIdentityTargetRoleArn: roleArn },
    ],
    ["oidcProviderArn", { identityMode }],
    ["oidcProviderArn", { identityMode, oidcProviderArn, oidcIssuerUrl }],
    ["oidcProviderArn", { identityMode, oidcProviderArn: oidcIssuerUrl }],
    ["oidcIssuerUrl", { identityMode, oidcIssuerUrl: "http://issuer.example" }],
    ["role", { existingRoleArn: roleArn, role: {} }],
    ["targetRoleArns", { existingRoleArn: roleArn, targetRoleArns: [] }],
  ])("%s is refused where it says nothing or contradicts: %j", (path, given) => {
    expect(() => read(given)).toThrow(new RegExp(`^ {2}${path} must `, "m"));
  });

  test.each<Partial<EksRunnerArgs>>([
    { identityMode, oidcProviderArn },
    { identityMode, oidcIssuerUrl },
    { existingRoleArn: roleArn },
    { createPodIdentityAgent: true, podIdentityTargetRoleArn: roleArn },
    { clusterArn: pulumi.output(right.clusterArn) },
  ])("%j is taken, as far as it is known", (given) => {
    expect(() => read(given)).not.toThrow();
  });
});
