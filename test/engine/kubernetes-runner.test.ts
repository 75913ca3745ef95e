import { runnerKubernetes } from "@holdfast/stacks/runner-kubernetes/runner-kubernetes.ts";
import { Provider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { KubernetesTargetAccess } from "holdfast/cross-account/kubernetes-target-access.ts";
import type { KubernetesTargetAccessArgs } from "holdfast/cross-account/kubernetes-target-access-args.ts";
import { KubernetesRunner } from "holdfast/kubernetes-runner/kubernetes-runner.ts";
import type { KubernetesRunnerArgs } from "holdfast/kubernetes-runner/kubernetes-runner-args.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { stepTexts } from "./engine-world.ts";
import { expectFirstUpdate, expectRotation, makeEnrolledWorld } from "./enrolled-stack-world.ts";
import { canaryCredentials, commonOutputs, emptyStack } from "./runner-world.ts";

let standIns: StandIns;

beforeAll(async () => {
  standIns = await startStandIns([kubernetesStandIn(), randomStandIn(), tlsStandIn()]);
});

afterAll(async () => {
  await standIns.stop();
});

beforeEach(() => {
  standIns.forgetCalls();
});

const image = `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`;
const secretToken = "kubernetes:core/v1:Secret";
const deploymentToken = "kubernetes:apps/v1:Deployment";

function runnerProgram(
  args: Partial<KubernetesRunnerArgs>,
  options?: pulumi.ComponentResourceOptions,
  name = "prod",
): pulumi.automation.PulumiFn {
  return async () => {
    const runner = new KubernetesRunner(name, { namespace: "holdfast", image, ...args }, options);
    return commonOutputs(runner);
  };
}

/** The names of the Secrets that are there, and the one that the Deployment mounts. */
function mounted() {
  const secrets = standIns.objects.filter(({ token }) => token === secretToken);
  const deployment = standIns.objects.find(({ token }) => token === deploymentToken);
  return {
    there: secrets.map(({ outputs }) => valueAt(outputs, "metadata.name")),
    mounted: valueAt(deployment?.outputs, "spec.template.spec.volumes[0].secret.secretName"),
  };
}

const everything = {
  createNamespace: true,
  tags: { team: "platform" },
  kubernetesAccess: {
    operations: ["kubernetes.pods.list", "kubernetes.namespaces.list"],
    namespaces: ["holdfast", "team"],
  },
};

const component = "urn:pulumi:test::engine::holdfast:index:KubernetesRunner";

describe("a runner on Kubernetes", () => {
  test("its resources keep their names; a second update changes nothing; nothing secret is in the state; nothing stays", async () => {
    const stack = await emptyStack(standIns);
    const program = runnerProgram({ ...everything, credentials: canaryCredentials(1) });
    const first = await stack.up(program);
    const resources = await stack.resources();
    expect(resources.map(({ urn }) => urn)).toEqual([
      `${component}$kubernetes:apps/v1:Deployment::prod-deployment`,
      `${component}$kubernetes:core/v1:Namespace::prod-namespace`,
      `${component}$kubernetes:core/v1:Secret::prod-credentials`,
      `${component}$kubernetes:core/v1:ServiceAccount::prod-service-account`,
      `${component}$kubernetes:networking.k8s.io/v1:NetworkPolicy::prod-network-policy`,
      `${component}$kubernetes:policy/v1:PodDisruptionBudget::prod-disruption-budget`,
      `${component}$kubernetes:rbac.authorization.k8s.io/v1:ClusterRole::prod-cluster-role`,
      `${component}$kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding::prod-cluster-role-binding`,
      `${component}$kubernetes:rbac.authorization.k8s.io/v1:Role::prod-role-holdfast`,
      `${component}$kubernetes:rbac.authorization.k8s.io/v1:Role::prod-role-team`,
      `${component}$kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::prod-role-binding-holdfast`,
      `${component}$kubernetes:rbac.authorization.k8s.io/v1:RoleBinding::prod-role-binding-team`,
      `${component}::prod`,
    ]);
    expect(first.outputs).toEqual({
      identityPrincipal: "system:serviceaccount:holdfast:prod",
      secretReference: expect.stringMatching(/^holdfast\/prod-credentials-[0-9a-f]{8}$/) as string,
      credentialsFingerprint: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
      workloadName: expect.stringMatching(/^prod-deployment-[0-9a-f]{8}$/) as string,
    });
    // Everything that has labels has the user's.
    for (const { token, outputs } of standIns.objects) {
      expect([token, valueAt(outputs, "metadata.labels.team")]).toEqual([token, "platform"]);
    }
    // What a pod relies on is there before it.
    const created = standIns.calls.filter(({ isPreview }) => !isPreview).map(({ name }) => name);
    expect(created[0]).toBe("prod-namespace");
    expect(created.at(-1)).toBe("prod-deployment");

    expect((await stack.up(program)).changes).toEqual({});
    expect(await stack.backendText()).not.toMatch(/canary-/);
    expect(await stack.exportedState()).not.toMatch(/canary-/);
    expect(first.text).not.toMatch(/canary-/);

    standIns.forgetCalls();
    await stack.destroy();
    expect(standIns.objects).toEqual([]);
    const deleted = standIns.calls.map(({ name }) => name);
    expect(deleted[0]).toBe("prod-deployment");
    expect(deleted.at(-1)).toBe("prod-namespace");
  });

  test("changed credentials make a Secret, roll the Deployment to it, then remove the earlier one; a failure at any step leaves the earlier pods as they are and is repaired by the next update", async () => {
    const stack = await emptyStack(standIns);
    const generation = (number: number) =>
      runnerProgram({ credentials: canaryCredentials(number) });
    const first = await stack.up(generation(1));

    standIns.forgetCalls();
    const second = await stack.up(generation(2));
    expect(stepTexts(second.steps)).toEqual([
      "create-replacement prod-credentials",
      "replace prod-credentials",
      "update prod-deployment",
      "delete-replaced prod-credentials",
    ]);
    expect(
      standIns.calls.filter(({ isPreview }) => !isPreview).map((call) => [call.method, call.name]),
    ).toEqual([
      ["create", "prod-credentials"],
      ["update", "prod-deployment"],
      ["delete", "prod-credentials"],
    ]);
    const { secretReference, credentialsFingerprint, ...kept } = second.outputs;
    expect(first.outputs).toMatchObject(kept);
    expect(first.outputs["secretReference"]).not.toBe(secretReference);
    expect(first.outputs["credentialsFingerprint"]).not.toBe(credentialsFingerprint);

    const failures = [
      ["create", secretToken, false],
      ["update", deploymentToken, false],
      ["update", deploymentToken, true],
      ["delete", secretToken, false],
    ] as const;
    for (const [index, [method, token, isPartial]] of failures.entries()) {
      const before = mounted();
      standIns.failOnce(
        (call) => call.method === method && call.token === token,
        `the ${method} of ${token} failed`,
        { isPartial },
      );
      expect(await stack.failure(generation(index + 3))).toContain(`the ${method} of ${token}`);
      const after = mounted();
      // Whatever the pods mount is there, before and after.
      expect(after.there).toContain(after.mounted);
      if (method === "create" || (method === "update" && !isPartial)) {
        expect(after.mounted).toBe(before.mounted);
      }
      await stack.up(generation(index + 3));
      expect(mounted().there).toEqual([mounted().mounted]);
    }
    expect(await stack.exportedState()).not.toMatch(/canary-/);
    await stack.destroy();
    expect(standIns.objects).toEqual([]);
  });

  test("a Secret that exists is only referred to, and another token rolls the pods", async () => {
    const stack = await emptyStack(standIns);
    const program = (rolloutToken: string) =>
      runnerProgram({ existingSecretName: "mine", rolloutToken });
    const first = await stack.up(program("one"));
    expect(first.outputs).toMatchObject({
      secretReference: "holdfast/mine",
      credentialsFingerprint: "one",
    });
    expect(mounted()).toEqual({ there: [], mounted: "mine" });
    expect(stepTexts((await stack.up(program("two"))).steps)).toEqual(["update prod-deployment"]);
    await stack.destroy();
  });

  test("what is unknown in a preview is not guessed, and refused by its name once it is known", async () => {
    const stack = await emptyStack(standIns);
    const program = (prefix: string) => async () => {
      const { hex } = new RandomId("id", { byteLength: 4 });
      const runner = new KubernetesRunner("prod", {
        namespace: hex.apply((text) => `${prefix}${text}`),
        image: hex.apply(() => image),
        credentials: hex.apply(() => canaryCredentials(1)),
        createNamespace: true,
        serviceAccountName: hex.apply((text) => `runner-${text}`),
        tags: { build: hex },
      });
      return { identityPrincipal: runner.identityPrincipal };
    };
    const previewed = await stack.previewSteps(program("team-"));
    const children = ["namespace", "service-account", "credentials", "network-policy"];
    expect(stepTexts(previewed)).toEqual(
      expect.arrayContaining(
        [...children, "disruption-budget", "deployment"].map((role) => `create prod-${role}`),
      ),
    );

    const refused = await stack.failure(program("Team "));
    expect(refused).toContain("KubernetesRunner prod: an argument is wrong");
    expect(refused).toMatch(/namespace must be a DNS label.*given: "Team [0-9a-f]{8}"/);
    expect(standIns.objects.map(({ token }) => token)).toEqual(["random:index/randomId:RandomId"]);

    const { outputs } = await stack.up(program("team-"));
    expect(outputs["identityPrincipal"]).toMatch(
      /^system:serviceaccount:team-[0-9a-f]{8}:runner-[0-9a-f]{8}$/,
    );
    await stack.destroy();
  });

  test("arguments that are wrong are all named, and nothing is registered", async () => {
    const stack = await emptyStack(standIns);
    const program = runnerProgram({ image: "runner:latest", namespace: "A", replicas: 0 });
    const message = await stack.failure(program);
    for (const property of ["image", "namespace", "replicas", "credentials"]) {
      expect(message).toMatch(new RegExp(`^ *${property} must be`, "m"));
    }
    expect(standIns.calls).toEqual([]);
  });

  test("providers, protect and transforms reach the children; a renamed component with an alias keeps everything", async () => {
    const stack = await emptyStack(standIns);
    const args = { credentials: canaryCredentials(1), serviceAccountName: "runner" };
    const program = (name: string, more: pulumi.ComponentResourceOptions) => async () => {
      const cluster = new Provider("cluster", { context: "east", kubeconfig: "{}" });
      await runnerProgram(
        args,
        {
          providers: [cluster],
          transforms: [
            async ({ type, props, opts }) =>
              type === deploymentToken
                ? { props: { ...props, metadata: { namespace: "holdfast", name: "fixed" } }, opts }
                : undefined,
          ],
          ...more,
        },
        name,
      )();
    };
    await stack.up(program("prod", { protect: true }));
    const children = (await stack.resources()).filter(({ type }) => type.startsWith("kubernetes:"));
    expect(children.filter((child) => !child.protect)).toEqual([]);
    expect(standIns.objects.map(({ configuration }) => configuration["context"])).toEqual(
      standIns.objects.map(() => "east"),
    );
    expect(standIns.objects.map(({ id }) => id)).toContain("holdfast/fixed");

    const renamed = program("renamed", { aliases: [{ name: "prod" }] });
    await expect(stack.preview(program("renamed", {}))).rejects.toThrow("cannot be deleted");
    expect((await stack.up(renamed)).changes).toEqual({});
    await stack.destroy();
    expect(standIns.objects).toEqual([]);
  });
});

test("access for a runner elsewhere is a role and a binding in each namespace, or one for all, and goes with them", async () => {
  const stack = await emptyStack(standIns);
  const operations = ["kubernetes.pods.list", "kubernetes.pods.logs"];
  const program = (args: Partial<KubernetesTargetAccessArgs>) => async () => {
    const access = new KubernetesTargetAccess("target", { operations, user: "runner", ...args });
    const { subject, roleNames, clusterRoleName } = access;
    return { subject, roleNames, clusterRoleName };
  };
  const first = await stack.up(program({ namespaces: ["team"] }));
  expect(first.outputs).toEqual({
    subject: "runner",
    roleNames: { team: expect.stringMatching(/^target-role-team-/) as string },
    clusterRoleName: "",
  });
  const access = "urn:pulumi:test::engine::holdfast:index:KubernetesTargetAccess";
  const rbac = `${access}$kubernetes:rbac.authorization.k8s.io/v1`;
  expect((await stack.resources()).map(({ urn }) => urn)).toEqual([
    `${rbac}:Role::target-role-team`,
    `${rbac}:RoleBinding::target-role-binding-team`,
    `${access}::target`,
  ]);
  const role = standIns.objects.find(({ token }) => token.endsWith(":Role"));
  expect(role?.inputs["rules"]).toEqual([
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
  ]);
  expect(stepTexts((await stack.up(program({ namespaces: ["other", "team"] }))).steps)).toEqual([
    "create target-role-other",
    "create target-role-binding-other",
  ]);
  const wide = await stack.up(program({ allNamespaces: true }));
  expect(wide.changes).toEqual({ create: 2, delete: 4 });
  expect(wide.outputs).toMatchObject({ roleNames: {} });
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("the stack runner-kubernetes enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const world = await makeEnrolledWorld({
    program: runnerKubernetes,
    standIns,
    configuration: {
      image,
      namespace: "holdfast",
      kubeconfigFile: "kubeconfig.yaml",
      kubernetesContext: "east",
      readNamespaces: JSON.stringify(["team"]),
    },
  });

  const made = await expectFirstUpdate(world);
  expect(made.outputs).toMatchObject({
    generation: 1,
    identityPrincipal: "system:serviceaccount:holdfast:kubernetes-runner",
  });
  const inCluster = standIns.objects.filter(({ token }) => token.startsWith("kubernetes:"));
  expect(inCluster.map(({ configuration }) => configuration["context"])).toEqual(
    inCluster.map(() => "east"),
  );

  const rotated = await expectRotation(world);
  const moved = rotated.steps.filter(({ urn }) => urn.includes("$kubernetes:"));
  expect([...new Set(moved.map(({ name }) => name))]).toEqual([
    "kubernetes-runner-credentials",
    "kubernetes-runner-deployment",
  ]);

  await world.stack.destroy();
  expect(standIns.objects).toEqual([]);
});
