import { runnerEcs } from "@holdfast/stacks/runner-ecs/runner-ecs.ts";
import { expect, test } from "vitest";
import { awsStandIn } from "../support/providers/aws.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { textOutput } from "./engine-world.ts";
import { expectFirstUpdate, expectRotation, makeEnrolledWorld } from "./enrolled-stack-world.ts";
import { standInsForTest } from "./runner-world.ts";

// The stack runner-ecs as it is configured in docs/targets/ecs.md, with a real control plane; the cloud is a stand-in.

const configuration = {
  image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/holdfast/runner@sha256:${"a".repeat(64)}`,
  clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/production",
  vpcId: "vpc-0a1b2c3d",
  subnetIds: JSON.stringify(["subnet-0a1b2c3d", "subnet-1a1b2c3d"]),
  targetRoleArns: JSON.stringify(["arn:aws:iam::210987654321:role/deployer"]),
} as const;

test("the stack runner-ecs enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const cloud = await standInsForTest([awsStandIn(), tlsStandIn()]);
  const world = await makeEnrolledWorld({
    program: runnerEcs,
    standIns: cloud,
    configuration,
  });

  const made = await expectFirstUpdate(world);
  expect(textOutput(made, "identityPrincipal")).toContain(":role/ecs-runner-task-role-");
  expect(textOutput(made, "secretReference")).toContain(":secret:ecs-runner-credentials-");
  const places = cloud.objects.filter(({ token }) => token.startsWith("aws:"));
  expect(places.map(({ configuration }) => configuration["region"])).toEqual(
    places.map(() => "eu-west-1"),
  );

  const rotated = await expectRotation(world);
  expect(textOutput(rotated, "credentialsFingerprint")).not.toBe(
    textOutput(made, "credentialsFingerprint"),
  );
  const moved = rotated.steps.filter(({ urn }) => urn.includes("$aws:"));
  expect([...new Set(moved.map(({ name }) => name))]).toEqual([
    "ecs-runner-credentials-version",
    "ecs-runner-task-definition",
    "ecs-runner-service",
  ]);

  await world.stack.destroy();
  expect(await world.stack.resources()).toEqual([]);
});
