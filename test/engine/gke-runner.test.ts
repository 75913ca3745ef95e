import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { runnerGke } from "@holdfast/stacks/runner-gke/runner-gke.ts";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { GkeIdentityMode } from "holdfast/gke-runner/gke-identity-mode.ts";
import { GkeRunner } from "holdfast/gke-runner/gke-runner.ts";
import type { GkeRunnerArgs } from "holdfast/gke-runner/gke-runner-args.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gcpStandIn } from "../support/providers/gcp.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { isValues, type Value, valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { testCredentials } from "../support/test-credentials.ts";
import { makeStack, stepTexts, type TestStack } from "./engine-world.ts";
import { expectFirstUpdate, expectRotation, makeEnrolledWorld } from "./enrolled-stack-world.ts";
import { commonOutputs, standInsForTest, takeChanges } from "./runner-world.ts";

type Program = pulumi.automation.PulumiFn;

/** What no state, message or output may have in clear. */
const canary = "canary-key-of-generation";
const image = `europe-docker.pkg.dev/acme/holdfast/runner@sha256:${"a".repeat(64)}`;

function args(generation: number, changes: Partial<GkeRunnerArgs> = {}): GkeRunnerArgs {
  const credentials = testCredentials({ generation, privateKey: `${canary}-${generation}` });
  return {
    image,
    credentials: pulumi.secret(formatCredentialsFile(credentials)),
    namespace: "runners-east",
    project: "acme-clusters",
    projectNumber: "123456789012",
    ...changes,
  };
}

function program(runnerArgs: () => GkeRunnerArgs, withParent = false): Program {
  return async () => {
    const providers = [
      new GoogleProvider("google", { project: "acme-clusters" }),
      new KubernetesProvider("cluster", { context: "east" }),
    ];
    const parent = withParent
      ? new pulumi.ComponentResource("test:index:Folder", "folder")
      : undefined;
    const runner = new GkeRunner("production", runnerArgs(), {
      providers,
      ...(parent === undefined ? {} : { parent, aliases: [{ parent: pulumi.rootStackResource }] }),
    });
    return commonOutputs(runner);
  };
}

let standIns: StandIns;
let stack: TestStack;

beforeAll(async () => {
  standIns = await startStandIns([gcpStandIn(), kubernetesStandIn(), randomStandIn()]);
  stack = await makeStack({ environment: standIns.environment, isKept: true });
});

afterAll(async () => {
  await stack.remove();
  await standIns.stop();
});

/** Something of what the runner is made of, by its logical name. */
function inputOf(name: string, path: string): Value | undefined {
  const object = standIns.objects.find(({ urn }) => urn.endsWith(`::${name}`));
  return valueAt(object?.inputs, path);
}

/** Names of the Secrets that are there, the mounted one in front. */
function secrets(): readonly unknown[] {
  const mounted = inputOf(
    "production-deployment",
    "spec.template.spec.volumes[0].secret.secretName",
  );
  const names = standIns.objects
    .filter(({ token }) => token === "kubernetes:core/v1:Secret")
    .map(({ inputs }) => valueAt(inputs, "metadata.name"));
  return names.toSorted((one) => (one === mounted ? -1 : 1));
}

const urns = [
  "holdfast:index:GkeRunner::production",
  "holdfast:index:GkeRunner$kubernetes:apps/v1:Deployment::production-deployment",
  "holdfast:index:GkeRunner$kubernetes:core/v1:Secret::production-credentials",
  "holdfast:index:GkeRunner$kubernetes:core/v1:ServiceAccount::production-service-account",
  "holdfast:index:GkeRunner$kubernetes:networking.k8s.io/v1:NetworkPolicy::production-network-policy",
  "holdfast:index:GkeRunner$kubernetes:policy/v1:PodDisruptionBudget::production-disruption-budget",
];

test("by default a runner on GKE is a principal of IAM by itself, and nothing is made in Google Cloud", async () => {
  const made = await stack.up(program(() => args(1)));
  const resources = (await stack.resources())
    .map(({ urn }) => urn.split("::").slice(2).join("::"))
    .filter((urn) => !urn.startsWith("pulumi:providers:"));
  expect(resources.toSorted()).toEqual(urns.toSorted());
  expect(made.outputs["identityPrincipal"]).toBe(
    "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/acme-clusters.svc.id.goog/subject/ns/runners-east/sa/production",
  );
  expect(made.outputs["secretReference"]).toMatch(/^runners-east\/production-credentials-/);
  expect(made.outputs["workloadName"]).toMatch(/^production-deployment-/);
  expect(inputOf("production-service-account", "metadata.annotations")).toBeUndefined();
  expect((await stack.up(program(() => args(1)))).changes).toEqual({});
});

test("pods run only on nodes whose metadata server gives them their own identity, and may reach that server", () => {
  expect(inputOf("production-deployment", "spec.template.spec.nodeSelector")).toEqual({
    "iam.gke.io/gke-metadata-server-enabled": "true",
  });
  const rules = inputOf("production-network-policy", "spec.egress");
  const reachable = (Array.isArray(rules) ? rules.filter(isValues) : []).map((rule) => [
    valueAt(rule, "to[0].ipBlock.cidr"),
    valueAt(rule, "ports[0].port"),
  ]);
  expect(reachable).toContainEqual(["169.254.169.252/32", 987]);
  expect(reachable).toContainEqual(["169.254.169.254/32", 80]);
});

test("changed credentials become a Secret that is there before the pods move, and the earlier one goes after", async () => {
  takeChanges(standIns);
  const rotated = await stack.up(program(() => args(2)));
  expect(takeChanges(standIns)).toEqual([
    "create production-credentials",
    "update production-deployment",
    "delete production-credentials",
  ]);
  expect(secrets()).toHaveLength(1);
  expect(rotated.text).not.toContain(canary);
  expect(await stack.exportedState()).not.toContain(canary);
});

test.each([
  { method: "create", name: "production-credentials", there: 1, moved: false },
  { method: "update", name: "production-deployment", there: 2, moved: false },
  { method: "delete", name: "production-credentials", there: 2, moved: true },
])(
  "a rotation that fails to $method $name leaves the mounted Secret there, and the next update ends it",
  async ({ method, name, there, moved }) => {
    const [before] = secrets();
    const rotated = program(() => args(`${method} ${name}`.length));
    standIns.failOnce((call) => call.method === method && call.name === name, "the cloud is away");
    expect(await stack.failure(rotated)).toContain("the cloud is away");
    const left = secrets();
    expect(left).toHaveLength(there);
    expect(left).toContain(before);
    expect(left[0] === before).toBe(!moved);
    await stack.up(rotated);
    expect(secrets()).toHaveLength(1);
    expect(secrets()[0]).not.toBe(before);
  },
);

test("impersonation makes a service account that one Kubernetes service account may be, and the pods start after", async () => {
  const impersonating = (): GkeRunnerArgs => {
    const { projectNumber: _, ...others } = args(3);
    return { ...others, identityMode: GkeIdentityMode.Impersonation, autopilot: true };
  };
  takeChanges(standIns);
  const made = await stack.up(program(impersonating));
  const order = takeChanges(standIns);
  expect(order.indexOf("create production-account-user")).toBeLessThan(
    order.indexOf("update production-deployment"),
  );
  const principal = String(made.outputs["identityPrincipal"]);
  expect(principal).toMatch(
    /^serviceAccount:production-[0-9a-f]{8}@acme-clusters\.iam\.gserviceaccount\.com$/,
  );
  const email = principal.replace("serviceAccount:", "");
  const binding = standIns.objects.filter(({ token }) => token.endsWith(":IAMMember"));
  expect(binding.map(({ inputs }) => inputs)).toEqual([
    {
      serviceAccountId: `projects/-/serviceAccounts/${email}`,
      role: "roles/iam.workloadIdentityUser",
      member: "serviceAccount:acme-clusters.svc.id.goog[runners-east/production]",
    },
  ]);
  expect(inputOf("production-service-account", "metadata.annotations")).toEqual({
    "iam.gke.io/gcp-service-account": email,
  });
  // Autopilot refuses the label, and has the server on every node.
  expect(inputOf("production-deployment", "spec.template.spec.nodeSelector")).toBeUndefined();
});

test("a namespace and credentials that are not known in a preview are not guessed at", async () => {
  const unknown = (): GkeRunnerArgs => {
    const { hex } = new RandomId("id", { byteLength: 4 });
    return args(3, {
      namespace: pulumi.interpolate`runners-${hex}`,
      credentials: hex.apply((apiKey) => formatCredentialsFile(testCredentials({ apiKey }))),
    });
  };
  const steps = await stack.previewSteps(program(unknown));
  expect(stepTexts(steps)).toContain("create-replacement production-credentials");
});

test("a new parent with an alias changes nothing", async () => {
  await stack.up(program(() => args(3)));
  expect(stepTexts((await stack.up(program(() => args(3), true))).steps)).toEqual([
    "create folder",
  ]);
});

test("destroying the stack leaves nothing", async () => {
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("the stack runner-gke enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const cloud = await standInsForTest([gcpStandIn(), kubernetesStandIn(), tlsStandIn()]);
  const world = await makeEnrolledWorld({
    program: runnerGke,
    standIns: cloud,
    configuration: {
      image,
      kubeconfigFile: "kubeconfig",
      namespace: "runners-east",
      googleProject: "acme-clusters",
      googleProjectNumber: "123456789012",
      projectRole: "roles/compute.viewer",
    },
  });

  const made = await expectFirstUpdate(world);
  const grants = cloud.objects.filter(({ token }) => token === "gcp:projects/iAMMember:IAMMember");
  expect(grants.map(({ inputs }) => inputs)).toEqual([
    {
      project: "acme-clusters",
      role: "roles/compute.viewer",
      member: made.outputs["identityPrincipal"],
    },
  ]);

  const rotated = await expectRotation(world);
  expect(stepTexts(rotated.steps.filter(({ urn }) => urn.includes("$kubernetes:")))).toEqual([
    "create-replacement gke-runner-credentials",
    "replace gke-runner-credentials",
    "update gke-runner-deployment",
    "delete-replaced gke-runner-credentials",
  ]);

  await world.stack.destroy();
  expect(cloud.objects).toEqual([]);
});
