import { describe, expect, test } from "vitest";
import {
  type AssumeRoleCall,
  decideAssumeRole,
} from "../../test/support/iam-policy/assume-role.ts";
import { saveTrustPolicy } from "../../test/support/iam-policy/principal.ts";
import { assumeRolesPolicy } from "./aws-assume-roles-policy.ts";
import { type TargetTrust, targetTrustPolicy } from "./aws-target-trust-policy.ts";

const runnerArn = "arn:aws:iam::111122223333:role/holdfast/runner";
const targetArn = "arn:aws:iam::444455556666:role/holdfast/target";
const runner = {
  kind: "role session",
  roleArn: runnerArn,
  roleId: "AROA1",
  sessionName: "task",
} as const;
const plain: TargetTrust = {
  runnerRoleArns: [runnerArn],
  externalId: "right",
  strictPrincipal: false,
  sessionTags: {},
  sessionTagKeys: [],
};
const identity = [assumeRolesPolicy([targetArn])];
const right = { caller: runner, roleArn: targetArn, identity, externalId: "right" };

/** Whether the call gets the role that trusts so. */
function gets(trust: Partial<TargetTrust>, call: Partial<AssumeRoleCall> = {}): boolean {
  const trustPolicy = targetTrustPolicy({ ...plain, ...trust });
  return decideAssumeRole({ ...right, trustPolicy, ...call }).allowed;
}

describe("a target role", () => {
  test("is given to the runner that names the external id", () => {
    expect(gets({})).toBe(true);
  });

  test.each<[string, Partial<AssumeRoleCall> & { readonly externalId?: string | undefined }]>([
    ["without the external id", { externalId: undefined as never }],
    ["with another external id", { externalId: "wrong" }],
    ["with the external id in capitals", { externalId: "RIGHT" }],
    ["with a wildcard as external id", { externalId: "*" }],
    [
      "as another role of the same account",
      { caller: { ...runner, roleArn: "arn:aws:iam::111122223333:role/holdfast/other" } },
    ],
    [
      "as a role of the same name without its path",
      { caller: { ...runner, roleArn: "arn:aws:iam::111122223333:role/runner" } },
    ],
    [
      "as a role of the same name in another account",
      { caller: { ...runner, roleArn: "arn:aws:iam::777788889999:role/holdfast/runner" } },
    ],
    [
      "as a role of the same name in the target's own account",
      { caller: { ...runner, roleArn: "arn:aws:iam::444455556666:role/holdfast/runner" } },
    ],
    [
      "as a user of the runner's account",
      { caller: { kind: "user", userArn: "arn:aws:iam::111122223333:user/eve", userId: "AIDA1" } },
    ],
    ["as a service", { caller: { kind: "service", service: "ecs-tasks.amazonaws.com" } }],
    ["while the runner's own role does not list it", { identity: [] }],
    [
      "while the runner's own role lists others",
      { identity: [assumeRolesPolicy([`${targetArn}2`])] },
    ],
    ["with a tag", { tags: { team: "a" } }],
    ["with a source identity", { sourceIdentity: "eve" }],
  ])("is refused %s", (_, call) => {
    expect(gets({}, call)).toBe(false);
  });

  test("is given to the runner's role when that is made anew", () => {
    expect(gets({}, { caller: { ...runner, roleId: "AROA2" } })).toBe(true);
  });

  test("is refused, if strict, to a role of the same name that was made later", () => {
    const written = JSON.stringify(targetTrustPolicy({ ...plain, strictPrincipal: true }));
    const trustPolicy = saveTrustPolicy(written, new Map([[runnerArn, "AROA1"]]));
    const later = { ...runner, roleId: "AROA2" };
    expect(decideAssumeRole({ ...right, trustPolicy }).allowed).toBe(true);
    expect(decideAssumeRole({ ...right, trustPolicy, caller: later }).allowed).toBe(false);
  });

  test("if strict, still wants the external id", () => {
    expect(gets({ strictPrincipal: true })).toBe(true);
    expect(gets({ strictPrincipal: true }, { externalId: "wrong" })).toBe(false);
  });

  test("can be given to several runners, each in its own account, and to no other pair", () => {
    const other = "arn:aws:iam::777788889999:role/other";
    const trust = { runnerRoleArns: [runnerArn, other, runnerArn] };
    expect(gets(trust)).toBe(true);
    expect(gets(trust, { caller: { ...runner, roleArn: other } })).toBe(true);
    const crossed = "arn:aws:iam::777788889999:role/holdfast/runner";
    expect(gets(trust, { caller: { ...runner, roleArn: crossed } })).toBe(false);
  });

  test.each<[string | undefined, boolean]>([
    ["o-abcdefghij", true],
    ["o-0123456789", false],
    [undefined, false],
  ])("wants the organization of AWS, if one is named: %s", (organization, expected) => {
    const context = organization === undefined ? {} : { "aws:PrincipalOrgID": organization };
    expect(gets({ organizationId: "o-abcdefghij" }, { context })).toBe(expected);
  });

  test.each<[string, boolean]>([
    ["holdfast-op_1", true],
    ["other", false],
  ])("wants a session's name of the pattern, if there is one: %s", (sessionName, expected) => {
    expect(gets({ sessionNamePattern: "holdfast-*" }, { sessionName })).toBe(expected);
  });

  test.each<[Record<string, string>, boolean]>([
    [{ team: "a" }, true],
    [{ team: "a", extra: "1" }, true],
    [{ team: "b" }, false],
    [{ extra: "1" }, false],
    [{ team: "a", other: "1" }, false],
    [{}, false],
  ])("wants its session tags, and takes only keys that it knows: %j", (tags, expected) => {
    expect(gets({ sessionTags: { team: "a" }, sessionTagKeys: ["extra"] }, { tags })).toBe(
      expected,
    );
  });

  test.each<[string | undefined, boolean]>([
    ["run_1", true],
    ["run_2", false],
    [undefined, false],
  ])("wants its source identity, if one is named: %s", (given, expected) => {
    const call = given === undefined ? {} : { sourceIdentity: given };
    expect(gets({ sourceIdentity: "run_1" }, call)).toBe(expected);
  });

  test("is the same text whatever order its arguments are in", () => {
    const [one, two] = ["arn:aws:iam::1:role/a", "arn:aws:iam::2:role/b"] as const;
    const text = (trust: Partial<TargetTrust>): string =>
      JSON.stringify(targetTrustPolicy({ ...plain, ...trust }));
    expect(text({ runnerRoleArns: [one, two], sessionTags: { a: "1", b: "2" } })).toBe(
      text({ runnerRoleArns: [two, one], sessionTags: { b: "2", a: "1" } }),
    );
  });

  test("names the account in its own partition", () => {
    const china = "arn:aws-cn:iam::111122223333:role/runner";
    const [statement] = targetTrustPolicy({ ...plain, runnerRoleArns: [china] }).Statement;
    expect(statement?.Principal).toEqual({ AWS: ["arn:aws-cn:iam::111122223333:root"] });
  });
});
