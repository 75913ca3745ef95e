import { Role } from "@pulumi/aws/iam/role.js";
import { Provider } from "@pulumi/aws/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { AwsRolesAnywhereTrust } from "holdfast/cross-account/aws-roles-anywhere-trust.ts";
import type { AwsRolesAnywhereTrustArgs } from "holdfast/cross-account/aws-roles-anywhere-trust-args.ts";
import { AwsTargetRole } from "holdfast/cross-account/aws-target-role.ts";
import type { AwsTargetRoleArgs } from "holdfast/cross-account/aws-target-role-args.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type AssumeRoleCall, decideAssumeRole } from "../support/iam-policy/assume-role.ts";
import { startMoto } from "../support/moto-server.ts";
import { awsStandIn } from "../support/providers/aws.ts";
import { awsTrustResources } from "../support/providers/aws-trust.ts";
import { randomStandIn } from "../support/providers/random.ts";
import type { StandInObject } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { selfSignedCertificate } from "../support/self-signed-certificate.ts";
import { stepTexts, textOutput } from "./engine-world.ts";
import { emptyStack } from "./runner-world.ts";

// What lets runners into accounts of AWS, on the real engine. The cloud is a stand-in; who gets which role is judged by
// the evaluator of test/support/iam-policy, from the documents that were deployed.

type Program = pulumi.automation.PulumiFn;

const runnerArn = "arn:aws:iam::111122223333:role/holdfast/runner";
const targetAccount = "444455556666";
const roleToken = "aws:iam/role:Role";
const readBucket = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: ["s3:ListBucket"], Resource: ["arn:aws:s3:::bucket"] }],
});

let cloud: StandIns;

beforeAll(async () => {
  cloud = await startStandIns([awsStandIn({ more: awsTrustResources }), randomStandIn()]);
});

afterAll(async () => {
  await cloud.stop();
});

beforeEach(() => {
  cloud.forgetCalls();
});

/** A provider for the account that runners are let into. */
function targetProvider(): Provider {
  return new Provider("target", { region: "eu-west-1", allowedAccountIds: [targetAccount] });
}

const fullArgs: AwsTargetRoleArgs = {
  runnerRoleArns: [runnerArn],
  operations: ["pulumi.preview"],
  stateBackend: { bucket: "states" },
  inlinePolicies: { read: readBucket },
  managedPolicyArns: { view: "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess" },
  permissionsBoundaryArn: `arn:aws:iam::${targetAccount}:policy/boundary`,
  tags: { team: "platform" },
};

function targetProgram(
  args: Partial<AwsTargetRoleArgs> = {},
  options: pulumi.ComponentResourceOptions = {},
  name = "target",
): Program {
  return async () => {
    const role = new AwsTargetRole(
      name,
      { ...fullArgs, ...args },
      { provider: targetProvider(), ...options },
    );
    const { roleArn, externalId, cloudFormationTemplate } = role;
    return { roleArn, externalId, cloudFormationTemplate };
  };
}

function only(standIns: StandIns, token: string): StandInObject {
  const found = standIns.objects.filter((each) => each.token === token);
  expect(found).toHaveLength(1);
  const [object] = found;
  if (object === undefined) {
    throw new Error(`there is no ${token}`);
  }
  return object;
}

const session = {
  kind: "role session",
  roleArn: runnerArn,
  roleId: "AROA1",
  sessionName: "task",
} as const;

const component = "urn:pulumi:test::engine::holdfast:index:AwsTargetRole";

describe("a target role", () => {
  test("is made in the target's account, keeps its external id, and leaves nothing", async () => {
    const stack = await emptyStack(cloud);
    const made = await stack.up(targetProgram());
    expect((await stack.resources()).map(({ urn }) => urn)).toEqual([
      `${component}$aws:iam/role:Role::target-role`,
      `${component}$aws:iam/rolePolicy:RolePolicy::target-policy-operations`,
      `${component}$aws:iam/rolePolicy:RolePolicy::target-policy-read`,
      `${component}$aws:iam/rolePolicyAttachment:RolePolicyAttachment::target-attachment-view`,
      `${component}$random:index/randomUuid:RandomUuid::target-external-id`,
      `${component}::target`,
      "urn:pulumi:test::engine::pulumi:providers:aws::target",
    ]);
    expect(textOutput(made, "roleArn")).toMatch(
      /^arn:aws:iam::444455556666:role\/holdfast\/target-role-[0-9a-f]{7}$/,
    );
    expect(textOutput(made, "externalId")).toMatch(/^[0-9a-f-]{36}$/);
    expect((await stack.up(targetProgram(), true)).changes).toEqual({});

    // What is trusted changes; what the connection names does not.
    const other = "arn:aws:iam::111122223333:role/holdfast/other";
    const changed = await stack.up(targetProgram({ runnerRoleArns: [runnerArn, other] }));
    expect(stepTexts(changed.steps)).toEqual(["update target-role"]);
    expect(changed.outputs["externalId"]).toBe(made.outputs["externalId"]);
    expect(changed.outputs["roleArn"]).toBe(made.outputs["roleArn"]);

    // Another permission touches that permission alone.
    const fewer = await stack.up(
      targetProgram({ runnerRoleArns: [runnerArn, other], inlinePolicies: { list: readBucket } }),
    );
    expect(stepTexts(fewer.steps)).toEqual([
      "create target-policy-list",
      "delete target-policy-read",
    ]);

    await stack.destroy();
    expect(cloud.objects).toEqual([]);
  });

  test("is given, as deployed, to the runner with the external id, and to nobody else", async () => {
    const stack = await emptyStack(cloud);
    const made = await stack.up(targetProgram());
    const right: AssumeRoleCall = {
      caller: session,
      roleArn: textOutput(made, "roleArn"),
      trustPolicy: String(only(cloud, roleToken).outputs["assumeRolePolicy"]),
      identity: [
        JSON.parse(
          readBucket.replace("s3:ListBucket", "sts:AssumeRole").replace("arn:aws:s3:::bucket", "*"),
        ) as object,
      ],
      externalId: textOutput(made, "externalId"),
    };
    expect(decideAssumeRole(right).allowed).toBe(true);
    const { externalId, ...without } = right;
    const refused: readonly AssumeRoleCall[] = [
      without,
      { ...right, externalId: `${externalId}0` },
      { ...right, caller: { ...session, roleArn: runnerArn.replace("runner", "other") } },
      { ...right, caller: { ...session, roleArn: runnerArn.replace("1111", "7777") } },
      { ...right, identity: [] },
      { ...right, tags: { team: "a" } },
    ];
    expect(refused.map((call) => decideAssumeRole(call).allowed)).toEqual(refused.map(() => false));
    await stack.destroy();
  });

  test("the CloudFormation template makes the role that was deployed, to the letter", async () => {
    const stack = await emptyStack(cloud);
    const made = await stack.up(targetProgram({ roleName: "target", externalId: "acme-1" }));
    const { inputs } = only(cloud, roleToken);
    const policies = cloud.objects
      .filter(({ token }) => token === "aws:iam/rolePolicy:RolePolicy")
      // They are made side by side.
      .toSorted((a, b) => (a.urn < b.urn ? -1 : 1))
      .map(({ inputs: { policy } }) => JSON.parse(String(policy)) as unknown);
    const template = JSON.parse(textOutput(made, "cloudFormationTemplate")) as {
      readonly Resources: {
        readonly Role: { readonly Properties: Readonly<Record<string, unknown>> };
      };
    };
    expect(template.Resources.Role.Properties).toEqual({
      RoleName: inputs["name"],
      Path: inputs["path"],
      Description: inputs["description"],
      AssumeRolePolicyDocument: JSON.parse(String(inputs["assumeRolePolicy"])) as unknown,
      MaxSessionDuration: inputs["maxSessionDuration"],
      PermissionsBoundary: inputs["permissionsBoundary"],
      ManagedPolicyArns: [fullArgs.managedPolicyArns?.["view"]],
      Policies: [
        { PolicyName: "operations", PolicyDocument: policies[0] },
        { PolicyName: "read", PolicyDocument: policies[1] },
      ],
      Tags: [{ Key: "team", Value: "platform" }],
    });
    expect(made.outputs["externalId"]).toBe("acme-1");
    expect(made.outputs["roleArn"]).toBe("arn:aws:iam::444455556666:role/holdfast/target");
    await stack.destroy();
  });

  test("a failure at any step is repaired by the next update, with the same external id", async () => {
    const stack = await emptyStack(cloud);
    cloud.failOnce(({ name }) => name === "target-policy-read", "quota exceeded");
    expect(await stack.failure(targetProgram())).toContain("quota exceeded");
    const repaired = await stack.up(targetProgram());
    expect(stepTexts(repaired.steps)).toContain("create target-policy-read");
    const changed = targetProgram({ inlinePolicies: { list: readBucket } });
    cloud.failOnce(({ name }) => name === "target-policy-list", "quota exceeded");
    expect(await stack.failure(changed)).toContain("quota exceeded");
    const names = cloud.objects.map(({ urn }) => urn.split("::").at(-1));
    expect(names).toContain("target-policy-read");
    const again = await stack.up(changed);
    expect(stepTexts(again.steps)).toEqual([
      "create target-policy-list",
      "delete target-policy-read",
    ]);
    expect(again.outputs["externalId"]).toBe(repaired.outputs["externalId"]);
    await stack.destroy();
  });

  test("what is not known yet is not guessed, and what turns out to be wrong makes nothing", async () => {
    const stack = await emptyStack(cloud);
    const unknown = (path: string): Program => {
      return async () => {
        const id = new RandomId("id", { byteLength: 4 });
        new AwsTargetRole(
          "target",
          { runnerRoleArns: [pulumi.interpolate`arn:aws:iam::111122223333:${path}${id.hex}`] },
          { provider: targetProvider() },
        );
      };
    };
    expect(await stack.preview(unknown("role/r-"))).toMatchObject({ create: 6 });
    expect(await stack.preview(unknown("user/u-"))).toMatchObject({ create: 6 });
    expect(await stack.failure(unknown("user/u-"))).toContain("runnerRoleArns[0] must be the ARN");
    expect(cloud.objects.filter(({ token }) => token === roleToken)).toEqual([]);
    await stack.up(unknown("role/r-"));
    await stack.destroy();
  });

  test("two accounts in one program: a runner's role of one, and a target that trusts it by its name", async () => {
    const stack = await emptyStack(cloud);
    const program: Program = async () => {
      const home = new Provider("home", { allowedAccountIds: ["111122223333"] });
      const assumeRolePolicy = JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { Service: "ecs-tasks.amazonaws.com" },
            Action: "sts:AssumeRole",
          },
        ],
      });
      const runner = new Role("runner", { assumeRolePolicy }, { provider: home });
      const target = new AwsTargetRole(
        "target",
        { runnerRoleArns: [runner.arn] },
        { provider: targetProvider() },
      );
      return { runner: runner.arn, target: target.roleArn };
    };
    const made = await stack.up(program);
    expect(textOutput(made, "runner")).toContain(":111122223333:");
    expect(textOutput(made, "target")).toContain(`:${targetAccount}:`);
    const target = cloud.objects.find(({ outputs }) => outputs["arn"] === made.outputs["target"]);
    expect(target?.inputs["assumeRolePolicy"]).toContain(made.outputs["runner"]);
    await stack.destroy();
  });

  test("options pass through: an alias keeps everything, a transform reaches the role", async () => {
    const stack = await emptyStack(cloud);
    await stack.up(targetProgram());
    const options = { aliases: [{ name: "target" }] };
    const renamed = await stack.up(targetProgram({}, options, "renamed"));
    expect(stepTexts(renamed.steps)).toEqual([]);
    const transforms: pulumi.ResourceTransform[] = [
      ({ type, props, opts }) =>
        type === roleToken ? { props: { ...props, description: "Ours" }, opts } : undefined,
    ];
    const transformed = await stack.up(targetProgram({}, { ...options, transforms }, "renamed"));
    expect(stepTexts(transformed.steps)).toEqual(["update renamed-role"]);
    expect(only(cloud, roleToken).inputs["description"]).toBe("Ours");
    await stack.destroy();
  });

  test("a server that nobody here wrote takes the documents: moto's validation of policies", async () => {
    const moto = await startMoto();
    onTestFinished(async () => await moto.stop());
    const standIns = await startStandIns([
      awsStandIn({ moto, more: awsTrustResources }),
      randomStandIn(),
    ]);
    onTestFinished(async () => await standIns.stop());
    const stack = await emptyStack(standIns);
    const everything = {
      awsOrganizationId: "o-abcdefghij",
      sessionNamePattern: "holdfast-*",
      sessionTags: { team: "a" },
      sourceIdentity: "run_1",
    };
    const made = await stack.up(targetProgram(everything));
    expect(textOutput(made, "roleArn")).toContain(targetAccount);
    await stack.destroy();
  });
});

describe("a trust in certificates", () => {
  const organization = `org_${"A".repeat(22)}`;
  const runnerName = `spiffe://holdfast.internal/organization/${organization}/runner/run_${"B".repeat(22)}`;
  const targetRole = `arn:aws:iam::${targetAccount}:role/holdfast/target`;

  function trustProgram(args: AwsRolesAnywhereTrustArgs): Program {
    return async () => {
      const trust = new AwsRolesAnywhereTrust("anywhere", args, { provider: targetProvider() });
      const { roleArn, trustAnchorArn, profileArn } = trust;
      return { roleArn, trustAnchorArn, profileArn };
    };
  }

  test("is on, names the runner and the authority, and changes with the authority in place", async () => {
    const key = { algorithm: "ECDSA", ecdsaCurve: "P256" };
    const [first, second] = [await selfSignedCertificate(key), await selfSignedCertificate(key)];
    const stack = await emptyStack(cloud);
    const args = {
      caBundlePem: first,
      runnerNames: [runnerName],
      targetRoleArns: [targetRole],
      sessionPolicy: readBucket,
    };
    const made = await stack.up(trustProgram(args));
    const prefix = "urn:pulumi:test::engine::holdfast:index:AwsRolesAnywhereTrust";
    expect((await stack.resources()).map(({ urn }) => urn)).toEqual([
      `${prefix}$aws:iam/role:Role::anywhere-role`,
      `${prefix}$aws:iam/rolePolicy:RolePolicy::anywhere-target-roles`,
      `${prefix}$aws:rolesanywhere/profile:Profile::anywhere-profile`,
      `${prefix}$aws:rolesanywhere/trustAnchor:TrustAnchor::anywhere-trust-anchor`,
      `${prefix}::anywhere`,
      "urn:pulumi:test::engine::pulumi:providers:aws::target",
    ]);
    expect(only(cloud, "aws:rolesanywhere/trustAnchor:TrustAnchor").inputs).toMatchObject({
      enabled: true,
      source: {
        sourceType: "CERTIFICATE_BUNDLE",
        sourceData: { x509CertificateData: first },
      },
    });
    expect(only(cloud, "aws:rolesanywhere/profile:Profile").inputs).toMatchObject({
      enabled: true,
      roleArns: [made.outputs["roleArn"]],
      durationSeconds: 3_600,
      sessionPolicy: readBucket,
    });
    const uri = "aws:PrincipalTag/x509SAN/URI";
    const right: AssumeRoleCall = {
      caller: { kind: "service", service: "rolesanywhere.amazonaws.com" },
      roleArn: textOutput(made, "roleArn"),
      trustPolicy: String(only(cloud, roleToken).outputs["assumeRolePolicy"]),
      context: { "aws:SourceArn": textOutput(made, "trustAnchorArn"), [uri]: runnerName },
    };
    expect(decideAssumeRole(right).allowed).toBe(true);
    const other = { ...right.context, [uri]: runnerName.replace("runner/run_B", "runner/run_C") };
    expect(decideAssumeRole({ ...right, context: other }).allowed).toBe(false);

    expect((await stack.up(trustProgram(args), true)).changes).toEqual({});
    const both = await stack.up(trustProgram({ ...args, caBundlePem: `${first}${second}` }));
    expect(stepTexts(both.steps)).toEqual(["update anywhere-trust-anchor"]);
    await stack.destroy();
    expect(cloud.objects).toEqual([]);
  });

  test("with arguments that are wrong makes nothing, and says all of them", async () => {
    const stack = await emptyStack(cloud);
    const said = await stack.failure(
      trustProgram({
        caBundlePem: await selfSignedCertificate({ algorithm: "ED25519" }),
        runnerNames: [],
        sessionDurationSeconds: 60,
      }),
    );
    for (const path of ["caBundlePem", "runnerNames", "sessionDurationSeconds"]) {
      expect(said).toContain(`${path} must`);
    }
    expect(cloud.calls).toEqual([]);
  });
});
