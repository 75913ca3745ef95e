import { runnerEks } from "@holdfast/stacks/runner-eks/runner-eks.ts";
import { expect, test } from "vitest";
import { awsStandIn } from "../support/providers/aws.ts";
import { awsTrustResources } from "../support/providers/aws-trust.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { stepTexts } from "./engine-world.ts";
import { expectFirstUpdate, expectRotation, makeEnrolledWorld } from "./enrolled-stack-world.ts";
import { standInsForTest } from "./runner-world.ts";

const image = `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`;
const clusterArn = "arn:aws:eks:eu-west-1:111122223333:cluster/production";

test("the stack runner-eks enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const cloud = await standInsForTest([
    awsStandIn({ more: awsTrustResources }),
    kubernetesStandIn(),
    randomStandIn(),
    tlsStandIn(),
  ]);
  const world = await makeEnrolledWorld({
    program: runnerEks,
    standIns: cloud,
    configuration: {
      image,
      clusterArn,
      kubeconfigFile: "kubeconfig",
      namespace: "runners-east",
    },
  });

  const made = await expectFirstUpdate(world);
  expect(made.outputs["identityPrincipal"]).toMatch(/^arn:aws:iam::111122223333:role\//);
  // Everything of AWS is made in the cluster's own account and region, whatever the environment says.
  const places = cloud.objects
    .filter(({ token }) => token.startsWith("aws:"))
    .map(({ configuration }) => [configuration["region"], configuration["allowedAccountIds"]]);
  expect(places.length).toBeGreaterThan(1);
  expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(1);

  const rotated = await expectRotation(world);
  expect(
    stepTexts(
      rotated.steps.filter(({ urn }) => urn.includes("$kubernetes:") || urn.includes("$aws:")),
    ),
  ).toEqual([
    "create-replacement eks-runner-credentials",
    "replace eks-runner-credentials",
    "update eks-runner-deployment",
    "delete-replaced eks-runner-credentials",
  ]);

  await world.stack.destroy();
  expect(cloud.objects).toEqual([]);
});
