import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { AwsTargetRole } from "holdfast/cross-account/aws-target-role.ts";
import { EksIdentityMode } from "holdfast/eks-runner/eks-identity-mode.ts";
import { EksRunner } from "holdfast/eks-runner/eks-runner.ts";
import type { EksRunnerArgs } from "holdfast/eks-runner/eks-runner-args.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type AssumeRoleCall, decideAssumeRole } from "../support/iam-policy/assume-role.ts";
import { awsStandIn } from "../support/providers/aws.ts";
import { awsTrustResources } from "../support/providers/aws-trust.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { type StandInObject, valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { testCredentials } from "../support/test-credentials.ts";
import { stepTexts, type TestStack, textOutput } from "./engine-world.ts";
import { commonOutputs, emptyStack } from "./runner-world.ts";

// EksRunner on the real engine. Clouds and cluster are stand-ins, which say what that does not prove; the real cluster's
// test has the pods themselves, and kubernetes-runner.test.ts the workload's details.

type Program = pulumi.automation.PulumiFn;

const roleToken = "aws:iam/role:Role";
const associationToken = "aws:eks/podIdentityAssociation:PodIdentityAssociation";
const clusterArn = "arn:aws:eks:eu-west-1:111122223333:cluster/production";
const targetArn = "arn:aws:iam::444455556666:role/holdfast/target";
const eks = { kind: "service", service: "pods.eks.amazonaws.com" } as const;
/** What EKS says of a pod when it takes the runner's role for it. */
const fromEks = {
  context: { "aws:SourceArn": clusterArn, "aws:SourceAccount": "111122223333" },
  tags: {
    "eks-cluster-arn": clusterArn,
    "eks-cluster-name": "production",
    "kubernetes-namespace": "holdfast",
    "kubernetes-service-account": "prod",
    "kubernetes-pod-name": "prod-1",
    "kubernetes-pod-uid": "0b6e3a3a",
  },
};

let cloud: StandIns;

beforeAll(async () => {
  cloud = await startStandIns([
    awsStandIn({ more: awsTrustResources }),
    kubernetesStandIn(),
    randomStandIn(),
  ]);
});

afterAll(async () => {
  await cloud.stop();
});

beforeEach(() => {
  cloud.forgetCalls();
});

/** Credentials of one generation; every text in them that must never be seen begins with `canary`. */
function credentials(generation: number): string {
  const secrets = { privateKey: `canary-key-${generation}`, apiKey: `canary-${generation}` };
  return JSON.stringify(testCredentials({ generation, ...secrets }));
}

function homeProvider(): AwsProvider {
  return new AwsProvider("home", { region: "eu-west-1", allowedAccountIds: ["111122223333"] });
}

function targetProvider(): AwsProvider {
  return new AwsProvider("target", { region: "eu-west-1", allowedAccountIds: ["444455556666"] });
}

const plainArgs: EksRunnerArgs = {
  image: `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`,
  namespace: "holdfast",
  clusterArn,
};

function runnerProgram(
  args: Partial<EksRunnerArgs>,
  options: pulumi.ComponentResourceOptions = {},
  name = "prod",
): Program {
  return async () => {
    const cluster = new KubernetesProvider("cluster", { kubeconfig: "{}" });
    const runner = new EksRunner(
      name,
      { ...plainArgs, ...args },
      { ...options, providers: [homeProvider(), cluster] },
    );
    const { podIdentityExternalId } = runner;
    return { ...commonOutputs(runner), podIdentityExternalId };
  };
}

/** Logical names of what was made, changed or removed, in order. */
function changed(): readonly string[] {
  return cloud.calls
    .filter(({ isPreview, method }) => !isPreview && method !== "read" && method !== "invoke")
    .map(({ name }) => name);
}

function only(token: string): StandInObject {
  const [object, ...others] = cloud.objects.filter((each) => each.token === token);
  if (object === undefined || others.length > 0) {
    throw new Error(`there are ${others.length + 1} of ${token}, or none`);
  }
  return object;
}

/** EKS taking the deployed role for a pod, with what it says of it. */
function podIdentityCall(changes: Partial<AssumeRoleCall> = {}): AssumeRoleCall {
  const { outputs } = only(roleToken);
  return {
    caller: eks,
    roleArn: String(outputs["arn"]),
    trustPolicy: String(outputs["assumeRolePolicy"]),
    ...fromEks,
    ...changes,
  };
}

const component = "urn:pulumi:test::engine::holdfast:index:EksRunner";
const workload = [
  "apps/v1:Deployment::prod-deployment",
  "core/v1:Secret::prod-credentials",
  "core/v1:ServiceAccount::prod-service-account",
  "networking.k8s.io/v1:NetworkPolicy::prod-network-policy",
  "policy/v1:PodDisruptionBudget::prod-disruption-budget",
].map((name) => `${component}$kubernetes:${name}`);

/** URNs of the stack, without its providers. */
async function urns(stack: TestStack): Promise<readonly string[]> {
  const all = (await stack.resources()).map(({ urn }) => urn);
  return all.filter((urn) => !urn.includes("::pulumi:providers:"));
}

describe("a runner on EKS", () => {
  test("has its identity before its pods start, keeps its names, shows no secret, and leaves nothing", async () => {
    const stack = await emptyStack(cloud);
    const program = runnerProgram({
      credentials: credentials(1),
      targetRoleArns: [targetArn],
      createPodIdentityAgent: true,
      tags: { team: "platform" },
    });
    const made = await stack.up(program);
    expect(await urns(stack)).toEqual([
      `${component}$aws:eks/addon:Addon::prod-pod-identity-agent`,
      `${component}$aws:eks/podIdentityAssociation:PodIdentityAssociation::prod-pod-identity`,
      `${component}$aws:iam/role:Role::prod-role`,
      `${component}$aws:iam/rolePolicy:RolePolicy::prod-target-roles`,
      ...workload,
      `${component}::prod`,
    ]);
    expect(changed().at(-1)).toBe("prod-deployment");
    const roleArn = only(roleToken).outputs["arn"];
    expect(made.outputs).toEqual({
      identityPrincipal: roleArn,
      secretReference: expect.stringMatching(/^holdfast\/prod-credentials-[0-9a-f]{8}$/) as string,
      credentialsFingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      workloadName: expect.stringMatching(/^prod-deployment-[0-9a-f]{8}$/) as string,
    });
    expect(only(associationToken).inputs).toMatchObject({
      clusterName: "production",
      namespace: "holdfast",
      serviceAccount: "prod",
      roleArn,
      tags: { team: "platform" },
    });
    expect(only(associationToken).inputs).not.toHaveProperty("disableSessionTags");
    const { inputs: policy } = only("kubernetes:networking.k8s.io/v1:NetworkPolicy");
    expect(JSON.stringify(policy)).toContain("169.254.170.23/32");
    expect(JSON.stringify(policy)).toContain("fd00:ec2::23/128");

    expect((await stack.up(program, true)).changes).toEqual({});
    expect(await stack.backendText()).not.toMatch(/canary-/);
    expect(made.text).not.toMatch(/canary-/);

    cloud.forgetCalls();
    await stack.destroy();
    expect(cloud.objects).toEqual([]);
    expect(changed()[0]).toBe("prod-deployment");
  });

  test("gets the role, as deployed, for its own pods and for no others", async () => {
    const stack = await emptyStack(cloud);
    await stack.up(runnerProgram({ credentials: credentials(1) }));
    expect(decideAssumeRole(podIdentityCall()).allowed).toBe(true);
    const { tags } = fromEks;
    const refused = [
      podIdentityCall({ tags: { ...tags, "kubernetes-service-account": "default" } }),
      podIdentityCall({ tags: { ...tags, "kubernetes-namespace": "default" } }),
      podIdentityCall({ context: { ...fromEks.context, "aws:SourceArn": `${clusterArn}2` } }),
      podIdentityCall({ caller: { kind: "service", service: "ec2.amazonaws.com" } }),
    ];
    expect(refused.map((call) => decideAssumeRole(call).allowed)).toEqual(refused.map(() => false));
    await stack.destroy();
  });

  test("changed credentials roll the pods and touch nothing in AWS; a failure at any step leaves the earlier pods as they are, and is repaired", async () => {
    const stack = await emptyStack(cloud);
    const generation = (number: number): Program =>
      runnerProgram({ credentials: credentials(number), targetRoleArns: [targetArn] });
    await stack.up(generation(1));
    cloud.forgetCalls();
    expect(stepTexts((await stack.up(generation(2))).steps)).toEqual([
      "create-replacement prod-credentials",
      "replace prod-credentials",
      "update prod-deployment",
      "delete-replaced prod-credentials",
    ]);
    const mounted = (): unknown =>
      valueAt(
        only("kubernetes:apps/v1:Deployment").outputs,
        "spec.template.spec.volumes[0].secret.secretName",
      );
    const stepsOfRotation = [
      ["create", "prod-credentials", false],
      ["update", "prod-deployment", false],
      ["delete", "prod-credentials", true],
    ] as const;
    for (const [index, [method, name, hasMoved]] of stepsOfRotation.entries()) {
      const before = mounted();
      cloud.failOnce((call) => call.method === method && call.name === name, "not now");
      expect(await stack.failure(generation(3 + index))).toContain("not now");
      expect(mounted() !== before).toBe(hasMoved);
      await stack.up(generation(3 + index));
      expect(mounted()).not.toBe(before);
      expect(
        cloud.objects.filter(({ token }) => token === "kubernetes:core/v1:Secret"),
      ).toHaveLength(1);
    }
    await stack.destroy();
  });

  test.each(["prod-target-roles", "prod-pod-identity", "prod-pod-identity-agent"])(
    "starts no pod while its identity is not there: %s",
    async (name) => {
      const stack = await emptyStack(cloud);
      const program = runnerProgram({
        credentials: credentials(1),
        targetRoleArns: [targetArn],
        createPodIdentityAgent: true,
      });
      cloud.failOnce((call) => call.method === "create" && call.name === name, "not now");
      expect(await stack.failure(program)).toContain("not now");
      const tokens = cloud.objects.map(({ token }) => token);
      expect(tokens).not.toContain("kubernetes:apps/v1:Deployment");
      await stack.up(program);
      expect(only("kubernetes:apps/v1:Deployment").outputs).toBeDefined();
      await stack.destroy();
    },
  );

  test("with a token of the cluster: annotations, a provider, and a role for its service account alone", async () => {
    const stack = await emptyStack(cloud);
    const issuer = "oidc.eks.eu-west-1.amazonaws.com/id/ABC";
    const made = await stack.up(
      runnerProgram({
        credentials: credentials(1),
        identityMode: EksIdentityMode.ServiceAccountRole,
        oidcIssuerUrl: `https://${issuer}`,
      }),
    );
    expect(await urns(stack)).toEqual([
      `${component}$aws:iam/openIdConnectProvider:OpenIdConnectProvider::prod-oidc-provider`,
      `${component}$aws:iam/role:Role::prod-role`,
      ...workload,
      `${component}::prod`,
    ]);
    const { inputs: account } = only("kubernetes:core/v1:ServiceAccount");
    expect(valueAt(account, "metadata")).toMatchObject({
      annotations: {
        "eks.amazonaws.com/role-arn": made.outputs["identityPrincipal"],
        "eks.amazonaws.com/sts-regional-endpoints": "true",
      },
    });
    const { inputs: policy } = only("kubernetes:networking.k8s.io/v1:NetworkPolicy");
    expect(JSON.stringify(policy)).not.toContain("169.254.170.23");
    const providerArn = String(
      only("aws:iam/openIdConnectProvider:OpenIdConnectProvider").outputs["arn"],
    );
    const right: AssumeRoleCall = {
      caller: { kind: "web identity", providerArn },
      roleArn: textOutput(made, "identityPrincipal"),
      trustPolicy: String(only(roleToken).outputs["assumeRolePolicy"]),
      context: {
        [`${issuer}:sub`]: "system:serviceaccount:holdfast:prod",
        [`${issuer}:aud`]: "sts.amazonaws.com",
      },
    };
    expect(decideAssumeRole(right).allowed).toBe(true);
    const other = { ...right.context, [`${issuer}:sub`]: "system:serviceaccount:default:prod" };
    expect(decideAssumeRole({ ...right, context: other }).allowed).toBe(false);
    await stack.destroy();
  });

  test("takes a target role of another account, with the tags of its session, and no other role", async () => {
    const stack = await emptyStack(cloud);
    const program: Program = async () => {
      const runner = await runnerProgram({
        credentials: credentials(1),
        targetRoleArns: [targetArn],
      })();
      const target = new AwsTargetRole(
        "target",
        {
          roleName: "target",
          runnerRoleArns: [
            (runner as { identityPrincipal: pulumi.Output<string> }).identityPrincipal,
          ],
          eksPodIdentity: { clusterArn, namespace: "holdfast", serviceAccountName: "prod" },
        },
        { provider: targetProvider() },
      );
      return { ...runner, target: target.roleArn, externalId: target.externalId };
    };
    const made = await stack.up(program);
    expect(made.outputs["target"]).toBe(targetArn);
    const target = cloud.objects.find(({ outputs }) => outputs["arn"] === targetArn);
    const policy = only("aws:iam/rolePolicy:RolePolicy").inputs["policy"];
    const right: AssumeRoleCall = {
      caller: {
        kind: "role session",
        roleArn: textOutput(made, "identityPrincipal"),
        roleId: "AROA1",
        sessionName: "eks-production-prod",
      },
      roleArn: targetArn,
      trustPolicy: String(target?.outputs["assumeRolePolicy"]),
      identity: [String(policy)],
      externalId: textOutput(made, "externalId"),
      tags: fromEks.tags,
    };
    expect(decideAssumeRole(right).allowed).toBe(true);
    const { externalId, ...without } = right;
    const refused: readonly AssumeRoleCall[] = [
      without,
      { ...right, externalId: `${externalId}0` },
      { ...right, roleArn: `${targetArn}2` },
      { ...right, tags: { ...fromEks.tags, "kubernetes-namespace": "default" } },
      { ...right, tags: {} },
    ];
    expect(refused.map((call) => decideAssumeRole(call).allowed)).toEqual(refused.map(() => false));
    await stack.destroy();
    expect(cloud.objects).toEqual([]);
  });

  test("acts as a role of another account that EKS takes for it, with the external id that EKS names", async () => {
    const stack = await emptyStack(cloud);
    const program: Program = async () => {
      const runner = await runnerProgram({
        credentials: credentials(1),
        podIdentityTargetRoleArn: targetArn,
        role: { roleName: "runner" },
      })();
      const target = new AwsTargetRole(
        "target",
        {
          roleName: "target",
          runnerRoleArns: ["arn:aws:iam::111122223333:role/holdfast/runner"],
          externalId: (runner as { podIdentityExternalId: pulumi.Output<string> })
            .podIdentityExternalId,
        },
        { provider: targetProvider() },
      );
      return { ...runner, externalId: target.externalId };
    };
    const made = await stack.up(program);
    const externalId = "eu-west-1/111122223333/production/holdfast/prod";
    expect(made.outputs).toMatchObject({
      identityPrincipal: targetArn,
      podIdentityExternalId: externalId,
      externalId,
    });
    expect(only(associationToken).inputs).toMatchObject({
      targetRoleArn: targetArn,
      disableSessionTags: true,
    });
    const roleOf = (name: string): StandInObject | undefined =>
      cloud.objects.find(({ token, outputs }) => token === roleToken && outputs["name"] === name);
    const first: AssumeRoleCall = {
      caller: eks,
      roleArn: "arn:aws:iam::111122223333:role/holdfast/runner",
      trustPolicy: String(roleOf("runner")?.outputs["assumeRolePolicy"]),
      context: fromEks.context,
    };
    expect(decideAssumeRole(first).allowed).toBe(true);
    const second: AssumeRoleCall = {
      caller: { kind: "role session", roleArn: first.roleArn, roleId: "A", sessionName: "eks" },
      roleArn: targetArn,
      trustPolicy: String(roleOf("target")?.outputs["assumeRolePolicy"]),
      identity: [String(only("aws:iam/rolePolicy:RolePolicy").inputs["policy"])],
      externalId,
    };
    expect(decideAssumeRole(second).allowed).toBe(true);
    const elsewhere = { ...second, externalId: externalId.replace("holdfast", "default") };
    expect(decideAssumeRole(elsewhere).allowed).toBe(false);
    await stack.destroy();
  });

  test("what is not known is not guessed; options pass through", async () => {
    const stack = await emptyStack(cloud);
    const unknown: Program = async () => {
      const id = new RandomId("id", { byteLength: 4 });
      const made = await runnerProgram({
        credentials: credentials(1),
        clusterArn: pulumi.interpolate`${clusterArn}-${id.hex}`,
        targetRoleArns: [pulumi.interpolate`${targetArn}-${id.hex}`],
      })();
      return made;
    };
    expect(await stack.preview(unknown)).toMatchObject({ create: 13 });
    const program = runnerProgram({ credentials: credentials(1) });
    await stack.up(program);
    const options: pulumi.ComponentResourceOptions = {
      aliases: [{ name: "prod" }],
      transforms: [
        ({ type, props, opts }) =>
          type === roleToken ? { props: { ...props, description: "Ours" }, opts } : undefined,
      ],
    };
    const renamed = { credentials: credentials(1), serviceAccountName: "prod" };
    const update = await stack.up(runnerProgram(renamed, options, "renamed"));
    expect(only(roleToken).inputs["description"]).toBe("Ours");
    expect(stepTexts(update.steps)).toContain("update renamed-role");
    expect(stepTexts(update.steps).filter((step) => step.includes("pod-identity"))).toEqual([]);
    await stack.destroy();
  });
});
