import { expect, test } from "vitest";
import {
  type AssumeRoleCall,
  decideAssumeRole,
} from "../../test/support/iam-policy/assume-role.ts";
import { rolesAnywhereTrustPolicy } from "./aws-roles-anywhere-trust-policy.ts";

const trustAnchorArn = "arn:aws:rolesanywhere:eu-west-1:444455556666:trust-anchor/one";
const name = "spiffe://holdfast.internal/organization/org_A/runner/run_A";
const uri = "aws:PrincipalTag/x509SAN/URI";

const right: AssumeRoleCall = {
  caller: { kind: "service", service: "rolesanywhere.amazonaws.com" },
  roleArn: "arn:aws:iam::444455556666:role/holdfast/anywhere",
  trustPolicy: rolesAnywhereTrustPolicy({ trustAnchorArn, runnerNames: [name] }),
  // The service does both for every session.
  sourceIdentity: "Holdfast runner",
  tags: { "x509SAN/URI": name },
  context: { "aws:SourceArn": trustAnchorArn, [uri]: name },
};

test("a role is given to a runner by its certificate", () => {
  expect(decideAssumeRole(right).allowed).toBe(true);
});

test.each<[string, Partial<AssumeRoleCall>]>([
  ["a certificate of another runner", { context: { ...right.context, [uri]: `${name}B` } }],
  [
    "a certificate of another organization",
    { context: { ...right.context, [uri]: name.replace("org_A", "org_B") } },
  ],
  ["a certificate without a URI name", { context: { "aws:SourceArn": trustAnchorArn } }],
  [
    "a certificate of another trust anchor",
    { context: { ...right.context, "aws:SourceArn": trustAnchorArn.replace("/one", "/two") } },
  ],
  [
    "a trust anchor of another account",
    { context: { ...right.context, "aws:SourceArn": trustAnchorArn.replace("4444", "7777") } },
  ],
  ["another service", { caller: { kind: "service", service: "ec2.amazonaws.com" } }],
  [
    "a user of the account",
    {
      caller: { kind: "user", userArn: "arn:aws:iam::444455556666:user/eve", userId: "AIDA1" },
      identity: [
        { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
      ],
    },
  ],
])("a role is refused to %s", (_, call) => {
  expect(decideAssumeRole({ ...right, ...call }).allowed).toBe(false);
});
