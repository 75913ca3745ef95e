import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { refusalOf, settingsOf } from "../../test/support/argument-problems.ts";
import type { AwsTargetRoleArgs } from "./aws-target-role-args.ts";
import {
  type AwsTargetRoleSettings,
  readAwsTargetRoleSettings,
} from "./aws-target-role-settings.ts";

const right: AwsTargetRoleArgs = {
  runnerRoleArns: ["arn:aws:iam::111122223333:role/holdfast/runner"],
};

function read(given: Partial<AwsTargetRoleArgs> = {}): AwsTargetRoleSettings {
  return settingsOf((check) => readAwsTargetRoleSettings({ ...right, ...given }, check));
}

describe("the arguments of AwsTargetRole", () => {
  test("trust by ARN, want nothing but the external id, and make that", () => {
    expect(read()).toMatchObject({
      externalId: undefined,
      trust: {
        runnerRoleArns: right.runnerRoleArns,
        strictPrincipal: false,
        organizationId: undefined,
        sessionNamePattern: undefined,
        sessionTags: {},
        sessionTagKeys: [],
        sourceIdentity: undefined,
      },
    });
  });

  test("let the tags through that EKS puts on a session, and pin the three that say whose it is", () => {
    const { trust } = read({
      sessionTags: { team: "a" },
      eksPodIdentity: {
        clusterArn: "arn:aws:eks:eu-west-1:111122223333:cluster/production",
        namespace: "holdfast",
        serviceAccountName: "runner",
      },
    });
    expect(trust.sessionTags).toEqual({
      team: "a",
      "eks-cluster-arn": "arn:aws:eks:eu-west-1:111122223333:cluster/production",
      "kubernetes-namespace": "holdfast",
      "kubernetes-service-account": "runner",
    });
    expect(trust.sessionTagKeys).toHaveLength(6);
  });

  test("all that is wrong is said at once, each with its property", () => {
    const wrong = {
      runnerRoleArns: [
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:sts::111122223333:assumed-role/runner/task",
        "arn:aws:iam::111122223333:root",
      ],
      externalId: "x",
      awsOrganizationId: "org_1",
      sessionNamePattern: "a b",
      sessionTags: { "aws:a": "1", b: "$" },
      eksPodIdentity: { clusterArn: "production", namespace: "*", serviceAccountName: "*" },
      sourceIdentity: "aws:a",
    };
    const message = String(refusalOf(() => read(wrong)));
    for (const path of [
      ...["runnerRoleArns[0]", "runnerRoleArns[1]", "runnerRoleArns[2]", "externalId"],
      ...["awsOrganizationId", "sessionNamePattern", "sessionTags.aws:a", "sessionTags.b"],
      ...["eksPodIdentity.clusterArn", "eksPodIdentity.namespace"],
      ...["eksPodIdentity.serviceAccountName", "sourceIdentity"],
    ]) {
      expect(message).toContain(`\n  ${path} must `);
    }
  });

  test("at least one runner must be named, in a list that is known", () => {
    expect(() => read({ runnerRoleArns: [] })).toThrow("at least one role");
    const unknown = pulumi.output(["a"]) as unknown as string[];
    expect(() => read({ runnerRoleArns: unknown })).toThrow("must be known when the program runs");
  });

  test.each<[string, boolean]>([
    ["ab", true],
    ["a", false],
    ["a".repeat(1_224), true],
    ["a".repeat(1_225), false],
    ["a+b=c,d.e@f:g/h-i_j", true],
    ["a b", false],
    ["a*", false],
    [`a${"$"}{aws:username}`, false],
    ["", false],
  ])("the external id %j is taken: %s", (externalId, expected) => {
    if (expected) {
      expect(read({ externalId }).externalId).toBe(externalId);
    } else {
      expect(() => read({ externalId })).toThrow("externalId must be 2 to 1,224");
    }
  });
});
