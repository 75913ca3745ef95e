import { describe, expect, test } from "vitest";
import {
  type AssumeRoleCall,
  decideAssumeRole,
} from "../../test/support/iam-policy/assume-role.ts";
import {
  eksCluster,
  podIdentityTrustPolicy,
  serviceAccountTrustPolicy,
} from "./eks-trust-policy.ts";

const clusterArn = "arn:aws:eks:eu-west-1:111122223333:cluster/production";
const pods = { clusterArn, namespace: "holdfast", serviceAccountName: "runner" };
const roleArn = "arn:aws:iam::111122223333:role/holdfast/runner";
const administrator = {
  caller: { kind: "user", userArn: "arn:aws:iam::111122223333:user/eve", userId: "AIDA1" },
  identity: [
    { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
  ],
} as const;

/** The tags that EKS puts on a session. */
function tagsOf(changes: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return {
    "eks-cluster-arn": clusterArn,
    "eks-cluster-name": "production",
    "kubernetes-namespace": "holdfast",
    "kubernetes-service-account": "runner",
    "kubernetes-pod-name": "runner-1",
    "kubernetes-pod-uid": "0b6e3a3a",
    ...changes,
  };
}

describe("the runner's role, with EKS Pod Identity", () => {
  const right: AssumeRoleCall = {
    caller: { kind: "service", service: "pods.eks.amazonaws.com" },
    roleArn,
    trustPolicy: podIdentityTrustPolicy(pods, { sessionTags: true }),
    tags: tagsOf(),
    context: { "aws:SourceArn": clusterArn, "aws:SourceAccount": "111122223333" },
  };

  test("is given to pods of its service account", () => {
    expect(decideAssumeRole(right).allowed).toBe(true);
  });

  test.each<[string, Partial<AssumeRoleCall>]>([
    ["of another service account", { tags: tagsOf({ "kubernetes-service-account": "other" }) }],
    ["of another namespace", { tags: tagsOf({ "kubernetes-namespace": "default" }) }],
    [
      "of another cluster",
      {
        tags: tagsOf({ "eks-cluster-arn": `${clusterArn}2` }),
        context: { ...right.context, "aws:SourceArn": `${clusterArn}2` },
      },
    ],
    ["whose session has no tags", { tags: {} }],
    [
      "of an account that is not the cluster's",
      { context: { ...right.context, "aws:SourceAccount": "444455556666" } },
    ],
    ["whose cluster EKS does not name", { context: { "aws:SourceAccount": "111122223333" } }],
  ])("is refused to pods %s", (_, call) => {
    expect(decideAssumeRole({ ...right, ...call }).allowed).toBe(false);
  });

  test("is refused to nodes, to other services and to administrators", () => {
    const node = { kind: "service", service: "ec2.amazonaws.com" } as const;
    expect(decideAssumeRole({ ...right, caller: node }).allowed).toBe(false);
    expect(decideAssumeRole({ ...right, ...administrator }).allowed).toBe(false);
  });

  test("without session tags, is still the cluster's alone", () => {
    const trustPolicy = podIdentityTrustPolicy(pods, { sessionTags: false });
    const untagged = { ...right, trustPolicy, tags: {} };
    expect(decideAssumeRole(untagged).allowed).toBe(true);
    const context = { ...right.context, "aws:SourceArn": `${clusterArn}2` };
    expect(decideAssumeRole({ ...untagged, context }).allowed).toBe(false);
  });
});

describe("the runner's role, with a token of the cluster", () => {
  const issuer = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
  const providerArn = `arn:aws:iam::111122223333:oidc-provider/${issuer}`;
  const context = {
    [`${issuer}:sub`]: "system:serviceaccount:holdfast:runner",
    [`${issuer}:aud`]: "sts.amazonaws.com",
  };
  const right: AssumeRoleCall = {
    caller: { kind: "web identity", providerArn },
    roleArn,
    trustPolicy: serviceAccountTrustPolicy(pods, providerArn),
    context,
  };

  test("is given to its service account", () => {
    expect(decideAssumeRole(right).allowed).toBe(true);
  });

  test.each<[string, Partial<AssumeRoleCall>]>([
    [
      "a token of another service account",
      { context: { ...context, [`${issuer}:sub`]: "system:serviceaccount:holdfast:runner2" } },
    ],
    [
      "a token of another namespace",
      { context: { ...context, [`${issuer}:sub`]: "system:serviceaccount:default:runner" } },
    ],
    [
      "a token for another audience",
      { context: { ...context, [`${issuer}:aud`]: "https://kubernetes.default.svc" } },
    ],
    [
      "a token without an audience",
      { context: { [`${issuer}:sub`]: context[`${issuer}:sub`] as string } },
    ],
    [
      "a token of another cluster",
      { caller: { kind: "web identity", providerArn: `${providerArn}D` } },
    ],
    ["an administrator", administrator],
  ])("is refused to %s", (_, call) => {
    expect(decideAssumeRole({ ...right, ...call }).allowed).toBe(false);
  });
});

test("a cluster's ARN says where it is", () => {
  expect(eksCluster("arn:aws-us-gov:eks:us-gov-west-1:111122223333:cluster/a-1")).toEqual({
    partition: "aws-us-gov",
    region: "us-gov-west-1",
    accountId: "111122223333",
    clusterName: "a-1",
  });
});
