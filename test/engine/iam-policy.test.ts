import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Decision, decide, type Policies, type Policy } from "../support/iam-policy/decide.ts";
import { type EnforcingMoto, startEnforcingMoto } from "../support/iam-policy/enforcing-moto.ts";
import { saveTrustPolicy } from "../support/iam-policy/principal.ts";
import type { Caller, PolicyRequest } from "../support/iam-policy/request.ts";

// The evaluator of our tests, against the rules that the vendor documents (IAM User Guide; each group has the name of
// its page), and against moto for what both of them judge.

const roleArn = "arn:aws:iam::111122223333:role/example/runner";
const runner: Caller = { kind: "role session", roleArn, roleId: "AROA1", sessionName: "s" };
const alice: Caller = {
  kind: "user",
  userArn: "arn:aws:iam::111122223333:user/alice",
  userId: "AIDA1",
};
const secret = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:one-AbCdEf";
const reading = { caller: runner, action: "secretsmanager:GetSecretValue", resource: secret };

function policy(...statements: readonly object[]): Policy {
  return { Version: "2012-10-17", Statement: statements };
}

function allow(rest: object = {}): object {
  return { Effect: "Allow", Action: "*", Resource: "*", ...rest };
}

/** A policy variable. */
function variable(key: string): string {
  return `$\{${key}}`;
}

const all = policy(allow());
const nothing = policy(allow({ Action: "sqs:SendMessage" }));

function ask(policies: Policies, request: Partial<PolicyRequest> = {}): Decision {
  return decide({ ...reading, ...request }, policies);
}

function allows(policies: Policies, request: Partial<PolicyRequest> = {}): boolean {
  return ask(policies, request).allowed;
}

describe("Determining whether a request is allowed or denied within an account", () => {
  test("without a policy, a request is denied", () => {
    expect(ask({}).reason).toBe("no policy of the identity allows it");
  });

  test("an explicit allow of the identity is enough", () => {
    expect(allows({ identity: [nothing, all] })).toBe(true);
  });

  test.each<[string, Policies]>([
    ["identity", { identity: [all, policy(allow({ Effect: "Deny" }))] }],
    [
      "permissions boundary",
      { identity: [all], permissionsBoundary: policy(allow({ Effect: "Deny" })) },
    ],
    ["session", { identity: [all], session: [policy(allow({ Effect: "Deny" }))] }],
    ["resource", { identity: [all], resource: policy(allow({ Effect: "Deny", Principal: "*" })) }],
  ])("an explicit deny in the policy of the %s wins", (_, policies) => {
    expect(ask(policies)).toEqual({ allowed: false, reason: "an explicit deny" });
  });

  test("a permissions boundary and a session policy take away what they do not allow, and give nothing", () => {
    expect(ask({ identity: [all], permissionsBoundary: nothing }).reason).toContain("boundary");
    expect(ask({ identity: [all], session: [nothing] }).reason).toContain("session");
    expect(allows({ identity: [], permissionsBoundary: all, session: [all] })).toBe(false);
    expect(allows({ identity: [all], permissionsBoundary: all, session: [all] })).toBe(true);
  });

  test.each<[string, Caller, object, Partial<Policies>, boolean]>([
    ["its role", runner, { AWS: roleArn }, {}, true],
    [
      "its role, within the boundary",
      runner,
      { AWS: roleArn },
      { permissionsBoundary: nothing },
      false,
    ],
    [
      "its role, within the session policy",
      runner,
      { AWS: roleArn },
      { session: [nothing] },
      false,
    ],
    [
      "the session itself, whatever else says nothing",
      runner,
      { AWS: "arn:aws:sts::111122223333:assumed-role/runner/s" },
      { permissionsBoundary: nothing, session: [nothing] },
      true,
    ],
    [
      "the user itself",
      alice,
      { AWS: "arn:aws:iam::111122223333:user/alice" },
      { permissionsBoundary: nothing },
      true,
    ],
    ["everybody", runner, { AWS: "*" }, { session: [nothing] }, true],
    [
      "another session",
      runner,
      { AWS: "arn:aws:sts::111122223333:assumed-role/runner/t" },
      {},
      false,
    ],
    ["only its account", runner, { AWS: "111122223333" }, {}, false],
    [
      "its account, and the identity may",
      runner,
      { AWS: "arn:aws:iam::111122223333:root" },
      { identity: [all] },
      true,
    ],
  ])("a resource's policy that names %s", (_, caller, principal, others, expected) => {
    const resource = policy(allow({ Principal: principal }));
    expect(allows({ resource, ...others }, { caller })).toBe(expected);
  });
});

describe("Cross-account policy evaluation logic", () => {
  const there = { resource: secret.replace("111122223333", "444455556666") };
  const trusts = policy(allow({ Principal: { AWS: roleArn } }));

  test("both sides must allow", () => {
    expect(allows({ identity: [all], resource: trusts }, there)).toBe(true);
    expect(allows({ identity: [all] }, there)).toBe(false);
    expect(allows({ resource: trusts }, there)).toBe(false);
  });

  test("an account that is named leaves it to its own policies", () => {
    const resource = policy(allow({ Principal: { AWS: "arn:aws:iam::111122223333:root" } }));
    expect(allows({ identity: [all], resource }, there)).toBe(true);
    expect(allows({ resource }, there)).toBe(false);
  });

  test("an account that is not named is refused", () => {
    const resource = policy(allow({ Principal: { AWS: "arn:aws:iam::777788889999:root" } }));
    expect(ask({ identity: [all], resource }, there).reason).toContain("the resource's policy");
  });
});

describe("Policy elements: Principal", () => {
  const assume = { action: "sts:AssumeRole", resource: "arn:aws:iam::111122223333:role/target" };
  const trust = (principal: object): Policy =>
    policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: principal });

  test("a role must be named by its trust policy, even for its own account's administrator", () => {
    expect(allows({ identity: [all], resource: trust({ AWS: "777788889999" }) }, assume)).toBe(
      false,
    );
    expect(allows({ identity: [all], resource: trust({ AWS: "111122223333" }) }, assume)).toBe(
      true,
    );
    expect(allows({ resource: trust({ AWS: roleArn }) }, assume)).toBe(true);
  });

  test("a key is its policy's, and not its account's", () => {
    const key = { action: "kms:Decrypt", resource: "arn:aws:kms:eu-west-1:111122223333:key/1" };
    expect(allows({ identity: [all], resource: trust({ AWS: roleArn }) }, key)).toBe(false);
    expect(
      allows(
        { identity: [all], resource: policy(allow({ Principal: { AWS: "111122223333" } })) },
        key,
      ),
    ).toBe(true);
  });

  test("a role that was made again is not the one that the trust policy named", () => {
    const written = JSON.stringify(trust({ AWS: [roleArn] }));
    const saved = saveTrustPolicy(written, new Map([[roleArn, "AROA1"]]));
    expect(allows({ resource: saved }, assume)).toBe(true);
    expect(allows({ resource: saved }, { ...assume, caller: { ...runner, roleId: "AROA2" } })).toBe(
      false,
    );
    expect(
      allows({ resource: written }, { ...assume, caller: { ...runner, roleId: "AROA2" } }),
    ).toBe(true);
  });

  test("services and web identities are named by their own kind", () => {
    const caller: Caller = { kind: "service", service: "pods.eks.amazonaws.com" };
    expect(
      allows({ resource: trust({ Service: "pods.eks.amazonaws.com" }) }, { ...assume, caller }),
    ).toBe(true);
    expect(
      allows({ resource: trust({ Service: "ec2.amazonaws.com" }) }, { ...assume, caller }),
    ).toBe(false);
    const provider = "arn:aws:iam::111122223333:oidc-provider/issuer.example";
    const token: Caller = { kind: "web identity", providerArn: provider };
    expect(allows({ resource: trust({ Federated: provider }) }, { ...assume, caller: token })).toBe(
      true,
    );
    expect(allows({ resource: trust({ AWS: provider }) }, { ...assume, caller: token })).toBe(
      false,
    );
  });

  test("NotPrincipal denies everybody else; part of a name takes no wildcard", () => {
    const resource = policy(allow({ Effect: "Deny", NotPrincipal: { AWS: roleArn } }));
    expect(allows({ identity: [all], resource })).toBe(true);
    expect(allows({ identity: [all], resource }, { caller: alice })).toBe(false);
    const wild = trust({ AWS: "arn:aws:iam::111122223333:role/*" });
    expect(() => ask({ resource: wild }, assume)).toThrow("no wildcard");
  });
});

describe("Policy elements: Action and Resource", () => {
  test.each<[object, boolean]>([
    [{ Action: "secretsmanager:getsecretvalue" }, true],
    [{ Action: "secretsmanager:Get*" }, true],
    [{ Action: ["s3:*", "secretsmanager:?etSecretValue"] }, true],
    [{ Action: "secretsmanager:Put*" }, false],
    [{ Action: undefined, NotAction: "secretsmanager:*" }, false],
    [{ Action: undefined, NotAction: "s3:*" }, true],
    [{ Resource: secret }, true],
    [{ Resource: secret.toUpperCase() }, false],
    [{ Resource: "arn:aws:secretsmanager:*:111122223333:secret:one-??????" }, true],
    [{ Resource: "arn:aws:secretsmanager:*:secret:one-AbCdEf" }, true],
    [{ Resource: "arn:aws:secretsmanager:*-1:secret:one-AbCdEf" }, false],
    [{ Resource: "arn:aws:secretsmanager:*:111122223333:secret:two*" }, false],
    [{ Resource: undefined, NotResource: secret }, false],
    [{ Resource: undefined, NotResource: "arn:aws:s3:::*" }, true],
    [
      { Resource: `arn:aws:secretsmanager:*:${variable("aws:PrincipalAccount")}:secret:one-*` },
      true,
    ],
    [
      { Resource: `arn:aws:secretsmanager:*:*:secret:${variable("aws:PrincipalTag/team")}-*` },
      false,
    ],
    [
      {
        Resource: `arn:aws:secretsmanager:*:*:secret:${variable("aws:PrincipalTag/team, 'one'")}-*`,
      },
      true,
    ],
  ])("%j: %s", (element, expected) => {
    expect(allows({ identity: [policy(allow(element))] })).toBe(expected);
  });

  test("what a variable stands for is literal", () => {
    const identity = [
      policy(allow({ Resource: `arn:aws:s3:::bucket/${variable("aws:PrincipalTag/team")}` })),
    ];
    const asked = {
      resource: "arn:aws:s3:::bucket/other",
      context: { "aws:PrincipalTag/team": "*" },
    };
    expect(allows({ identity }, asked)).toBe(false);
    expect(allows({ identity }, { ...asked, resource: "arn:aws:s3:::bucket/*" })).toBe(true);
  });
});

describe("Policy elements: Condition operators", () => {
  test.each<[object, object, boolean]>([
    [{ StringEquals: { k: ["a", "b"] } }, { K: "b" }, true],
    [{ StringEquals: { k: "a" } }, { k: "A" }, false],
    [{ StringEquals: { k: "a*" } }, { k: "ab" }, false],
    [{ StringEquals: { k: "a*" } }, { k: "a*" }, true],
    [{ StringEquals: { k: "a" } }, {}, false],
    [{ StringEqualsIfExists: { k: "a" } }, {}, true],
    [{ StringEqualsIfExists: { k: "a" } }, { k: "b" }, false],
    [{ StringNotEquals: { k: ["a", "b"] } }, { k: "b" }, false],
    [{ StringNotEquals: { k: ["a", "b"] } }, { k: "c" }, true],
    [{ StringNotEquals: { k: "a" } }, {}, true],
    [{ StringLike: { k: "a?c*" } }, { k: "abcd" }, true],
    [{ StringNotLike: { k: "a*" } }, { k: "abc" }, false],
    [{ ArnEquals: { k: "arn:aws:eks:*:1:cluster/c*" } }, { k: "arn:aws:eks:r:1:cluster/cc" }, true],
    [{ ArnLike: { k: "arn:aws:ecs:*:1:*" } }, { k: "arn:aws:ecs:r:2:x" }, false],
    [{ ArnNotLike: { k: "arn:aws:ecs:*:1:*" } }, { k: "arn:aws:ecs:r:2:x" }, true],
    [{ Bool: { k: "true" } }, { k: "true" }, true],
    [{ Bool: { k: true } }, {}, false],
    [{ Null: { k: "true" } }, {}, true],
    [{ Null: { k: "false" } }, {}, false],
    [{ NumericLessThanEquals: { k: 3600 } }, { k: "3600" }, true],
    [{ NumericLessThanEquals: { k: 3600 } }, { k: "3601" }, false],
    [{ "ForAllValues:StringEquals": { k: ["a", "b"] } }, { k: ["a"] }, true],
    [{ "ForAllValues:StringEquals": { k: ["a", "b"] } }, { k: ["a", "c"] }, false],
    [{ "ForAllValues:StringEquals": { k: "a" } }, {}, true],
    [{ "ForAnyValue:StringEquals": { k: "a" } }, { k: ["a", "c"] }, true],
    [{ "ForAnyValue:StringEquals": { k: "a" } }, {}, false],
    [{ StringEquals: { k: "a", l: "b" } }, { k: "a", l: "c" }, false],
    [{ StringEquals: { k: "a" }, StringLike: { l: "b*" } }, { k: "a", l: "bb" }, true],
    [{ ArnEquals: { "aws:PrincipalArn": roleArn } }, {}, true],
    [{ StringEquals: { "aws:userid": "AROA1:s" } }, {}, true],
  ])("%j with %j: %s", (condition, context, expected) => {
    const identity = [policy(allow({ Condition: condition }))];
    expect(allows({ identity }, { context: { ...context } })).toBe(expected);
  });

  test("an operator that is not known is an error, and no guess", () => {
    const condition = { DateLessThan: { "aws:CurrentTime": "2030-01-01T00:00:00Z" } };
    const identity = [policy(allow({ Condition: condition }))];
    expect(() => ask({ identity }, { context: { "aws:CurrentTime": "x" } })).toThrow(
      "DateLessThan",
    );
  });
});

describe("Grammar of the policy language", () => {
  test.each<[object, string]>([
    [{ Version: "2008-10-17", Statement: [allow()] }, "Version"],
    [{ Version: "2012-10-17", Statement: [] }, "no statement"],
    [{ Version: "2012-10-17", Statement: [allow({ Conditions: {} })] }, "no element Conditions"],
    [{ Version: "2012-10-17", Statement: [allow({ Effect: "allow" })] }, "Effect"],
    [
      { Version: "2012-10-17", Statement: [allow({ NotAction: "*" })] },
      "either Action or NotAction",
    ],
  ])("%j is refused", (text, problem) => {
    expect(() => ask({ identity: [text] })).toThrow(problem);
  });
});

describe("the evaluator and moto", () => {
  const account = "123456789012";
  const dave: Caller = {
    kind: "user",
    userArn: `arn:aws:iam::${account}:user/dave`,
    userId: "AIDA",
  };
  const role = `arn:aws:iam::${account}:role/target`;
  const getUser = { caller: dave, action: "iam:GetUser", resource: dave.userArn };
  const assumeRole = { caller: dave, action: "sts:AssumeRole", resource: role };
  const may = [allow({ Action: "sts:AssumeRole", Resource: role })];
  const trust = (principal: string, externalId?: string): string =>
    JSON.stringify(
      policy({
        Effect: "Allow",
        Action: "sts:AssumeRole",
        Principal: { AWS: principal },
        ...(externalId === undefined
          ? {}
          : { Condition: { StringEquals: { "sts:ExternalId": externalId } } }),
      }),
    );
  let moto: EnforcingMoto;

  beforeAll(async () => {
    moto = await startEnforcingMoto();
  });

  afterAll(async () => {
    await moto.stop();
  });

  test.each<[string, readonly object[], boolean]>([
    ["another action", [allow({ Action: "sqs:*" })], false],
    ["the action", [allow({ Action: "iam:GetUser" })], true],
    ["the action by a wildcard", [allow({ Action: "iam:Get*" })], true],
    ["all but the action", [allow({ Action: undefined, NotAction: "iam:GetUser" })], false],
    ["all, and denies it", [allow(), allow({ Effect: "Deny", Action: "iam:GetUser" })], false],
    ["it for another user", [allow({ Resource: `arn:aws:iam::${account}:user/erin` })], false],
  ])("agree on iam:GetUser by a user whose policy allows %s", async (_, statements, expected) => {
    const identity = policy(...statements);
    expect(decide(getUser, { identity: [identity] }).allowed).toBe(expected);
    expect(await moto.mayGetUser(identity)).toBe(expected);
  });

  test.each<[string, readonly object[], string, string | undefined, boolean]>([
    ["the user that is trusted", may, trust(dave.userArn), undefined, true],
    [
      "another user that is trusted",
      may,
      trust(`arn:aws:iam::${account}:user/erin`),
      undefined,
      false,
    ],
    [
      "another account that is trusted",
      may,
      trust("arn:aws:iam::999999999999:root"),
      undefined,
      false,
    ],
    ["the right external id", may, trust(dave.userArn, "right"), "right", true],
    ["a wrong external id", may, trust(dave.userArn, "right"), "wrong", false],
  ])("agree on sts:AssumeRole with %s", async (_, statements, trusts, externalId, expected) => {
    const context = externalId === undefined ? {} : { "sts:ExternalId": externalId };
    const policies = { identity: [policy(...statements)], resource: trusts };
    expect(decide({ ...assumeRole, context }, policies).allowed).toBe(expected);
    expect(await moto.mayAssumeRole(policy(...statements), trusts, externalId)).toBe(expected);
  });

  // Each is a rule of the vendor's that moto 5.2.5 does not know: why the evaluator judges our documents.
  test.each<[string, readonly object[], string, boolean]>([
    ["a missing external id, which moto lets through", may, trust(dave.userArn, "right"), false],
    [
      "an account that is trusted, which moto does not see",
      may,
      trust(`arn:aws:iam::${account}:root`),
      true,
    ],
    [
      "a user that is trusted directly, who needs no policy",
      [allow({ Action: "iam:GetUser" })],
      trust(dave.userArn),
      true,
    ],
  ])("differ on sts:AssumeRole with %s", async (_, statements, trusts, expected) => {
    const policies = { identity: [policy(...statements)], resource: trusts };
    expect(decide(assumeRole, policies).allowed).toBe(expected);
    expect(await moto.mayAssumeRole(policy(...statements), trusts, undefined)).toBe(!expected);
  });

  test("differ on the resource of iam:GetUser, which is * to moto", async () => {
    const identity = policy(allow({ Resource: dave.userArn }));
    expect(decide(getUser, { identity: [identity] }).allowed).toBe(true);
    expect(await moto.mayGetUser(identity)).toBe(false);
  });
});
