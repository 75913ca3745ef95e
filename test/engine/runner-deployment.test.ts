import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { RunnerDeployment } from "holdfast/runner-deployment/runner-deployment.ts";
import type { RunnerDeploymentArgs } from "holdfast/runner-deployment/runner-deployment-args.ts";
import { expect, onTestFinished, test } from "vitest";
import { awsStandIn } from "../support/providers/aws.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { testCredentials } from "../support/test-credentials.ts";
import { makeStack, type TestStack } from "./engine-world.ts";

// What is RunnerDeployment's own; what it has in common with the components of its targets is in parity.test.ts.

type Program = pulumi.automation.PulumiFn;

const deploymentToken = "kubernetes:apps/v1:Deployment";
const image = `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`;
const common = { image, credentials: JSON.stringify(testCredentials()) };
const kubernetes = { ...common, namespace: "runners", serviceAccountName: "runner" };
const ecs = {
  ...common,
  clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/main",
  vpcId: "vpc-0a1b2c3d",
  subnetIds: ["subnet-0a1b2c3d"],
  keepLogs: false,
};

async function startWorld(): Promise<{ readonly stack: TestStack; readonly standIns: StandIns }> {
  const standIns = await startStandIns([awsStandIn(), kubernetesStandIn(), randomStandIn()]);
  onTestFinished(async () => {
    await standIns.stop();
  });
  return { standIns, stack: await makeStack({ environment: standIns.environment }) };
}

function program(
  args: RunnerDeploymentArgs,
  options: pulumi.ComponentResourceOptions = {},
  name = "prod",
): Program {
  return async () => {
    const aws = new AwsProvider("aws", { region: "eu-west-1" });
    new RunnerDeployment(name, args, { providers: [aws], ...options });
  };
}

test("another target: the new runner stands before anything of the earlier one goes, and nothing of it stays", async () => {
  const { stack, standIns } = await startWorld();
  await stack.up(program({ kubernetes }));
  standIns.forgetCalls();
  await stack.up(program({ ecs }));
  const methods = standIns.calls.map(({ method, token }) =>
    method === "invoke" ? method : `${method} ${token.split(":")[0]}`,
  );
  expect(methods.lastIndexOf("create aws")).toBeLessThan(methods.indexOf("delete kubernetes"));
  expect(standIns.objects.filter(({ token }) => token.startsWith("kubernetes:"))).toEqual([]);
  expect(standIns.objects.map(({ token }) => token)).toContain("aws:ecs/service:Service");
});

test("transforms, protection and an alias reach everything that the target's own component makes", async () => {
  const { stack, standIns } = await startWorld();
  await stack.up(program({ kubernetes }));
  const metadata = { namespace: "runners", annotations: { owner: "platform" } };
  const annotated: pulumi.ResourceTransform = ({ type, props, opts }) =>
    type === deploymentToken ? { props: { ...props, metadata }, opts } : undefined;
  const options = { transforms: [annotated], protect: true, aliases: [{ name: "prod" }] };
  const renamed = await stack.up(program({ kubernetes }, options, "live"));
  expect(renamed.steps.filter(({ op }) => op !== "update")).toEqual([]);
  const workload = standIns.objects.find(({ token }) => token === deploymentToken);
  expect(workload?.inputs["metadata"]).toMatchObject({ annotations: { owner: "platform" } });
  const resources = await stack.resources();
  expect(
    resources.filter(({ urn, protect }) => urn.includes("RunnerDeployment") && !protect),
  ).toEqual([]);
});

test("an argument that is not known in a preview is not guessed at; one that turns out wrong fails before the workload", async () => {
  const { stack, standIns } = await startWorld();
  const later = (namespaceOf: (hex: string) => string): Program => {
    return async () => {
      const id = new RandomId("later", { byteLength: 4 });
      const namespace = id.hex.apply(namespaceOf);
      new RunnerDeployment("prod", { kubernetes: { ...kubernetes, namespace } });
    };
  };
  const wrong = later((hex) => `no namespace ${hex}`);
  expect(await stack.preview(wrong)).toHaveProperty("create");
  expect(standIns.objects).toEqual([]);
  expect(await stack.failure(wrong)).toContain("namespace must be");
  expect(standIns.objects.map(({ token }) => token)).not.toContain(deploymentToken);
  await stack.up(later((hex) => `runners-${hex}`));
  expect(standIns.objects.map(({ token }) => token)).toContain(deploymentToken);
});
