import { expect, test } from "vitest";
import {
  azureAudienceRule,
  azureIssuerRule,
  azureSubjectProblem,
  azureSubjectRule,
  serviceAccountTokenSubject,
} from "./azure-federation-rules.ts";

const guid = "55555555-5555-5555-5555-555555555555";
const aks = `https://westeurope.oic.prod-aks.azure.com/${guid}/${guid}/`;
const eks = "https://oidc.eks.eu-central-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
const gke = "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c";
const aws = "https://a1d2b0fd-1177-4468-9351-2f0000000723.tokens.sts.global.api.aws";
const account = "system:serviceaccount:holdfast:prod";

test("an issuer is taken exactly as its tokens name it, and not with another slash at its end", () => {
  for (const issuer of [
    aks,
    `https://oidc.prod-aks.azure.com/${guid}/`,
    eks,
    eks.replace("amazonaws.com", "amazonaws.com.cn"),
    gke,
    aws,
    "https://issuer.example/realms/a",
    "https://issuer.example/",
    "https://issuer.example",
  ]) {
    expect(azureIssuerRule(issuer), issuer).toBeUndefined();
  }
  for (const [issuer, name] of [
    [aks.slice(0, -1), "AKS"],
    [`${eks}/`, "EKS"],
    [eks.toLowerCase().replace("0123456789abcdef", "x"), "EKS"],
    [`${gke}/`, "GKE"],
    [`${aws}/`, "AWS"],
  ] as const) {
    expect(azureIssuerRule(issuer), issuer).toContain(`the issuer of ${name} exactly`);
  }
});

test("what is no URL of an issuer is refused", () => {
  for (const issuer of [
    "",
    "issuer.example",
    "http://issuer.example",
    "https://user@issuer.example",
    "https://issuer.example:8443",
    "https://issuer.example/a?b",
    "https://issuer.example/a#b",
    "https://Issuer.example",
    " https://issuer.example",
  ]) {
    expect(azureIssuerRule(issuer), issuer).toContain("must be the URL of an issuer");
  }
});

test("Entra itself is refused, with the way that works", () => {
  for (const issuer of [
    `https://login.microsoftonline.com/${guid}/v2.0`,
    `https://login.microsoftonline.us/${guid}/v2.0`,
    `https://sts.windows.net/${guid}/`,
  ]) {
    expect(azureIssuerRule(issuer)).toContain("AADSTS700236");
  }
});

test("subjects have no wildcard, and the form of their issuer's", () => {
  expect(azureSubjectRule(account)).toBeUndefined();
  expect(azureSubjectRule("a".repeat(600))).toBeUndefined();
  for (const subject of ["", "a".repeat(601), "system:serviceaccount:*:prod", "a b"]) {
    expect(azureSubjectRule(subject)).toContain("must be the subject of a token");
  }
  expect(serviceAccountTokenSubject("holdfast", "prod")).toBe(account);
  for (const issuer of [aks, eks, gke]) {
    expect(azureSubjectProblem(issuer, account)).toBeUndefined();
    for (const subject of ["prod", "system:serviceaccount:holdfast", `${account}:x`]) {
      expect(azureSubjectProblem(issuer, subject), subject).toContain("system:serviceaccount:");
    }
  }
  const role = "arn:aws:iam::123456789012:role/path/runner";
  expect(azureSubjectProblem(aws, role)).toBeUndefined();
  expect(azureSubjectProblem(aws, account)).toContain("the ARN of a role or user");
  expect(azureSubjectProblem("https://issuer.example", "anything")).toBeUndefined();
  expect(azureSubjectProblem("no issuer", "anything")).toBeUndefined();
});

test("there is one audience, without a wildcard", () => {
  expect(azureAudienceRule("api://AzureADTokenExchange")).toBeUndefined();
  expect(azureAudienceRule("")).toContain("must be one audience");
  expect(azureAudienceRule("*")).toContain("must be one audience");
});
