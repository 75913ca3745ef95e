import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { runnerEcs } from "@holdfast/stacks/runner-ecs/runner-ecs.ts";
import * as pulumi from "@pulumi/pulumi";
import { expect, onTestFinished, test } from "vitest";
import { awsStandIn } from "../support/providers/aws.ts";
import { startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { startControlPlane } from "./control-plane-process.ts";
import { makeStack, textOutput } from "./engine-world.ts";

// The stack runner-ecs as it is configured in docs/targets/ecs.md, with a real control plane; the cloud is a stand-in.

const settings = {
  organization: "acme",
  runner: "prod",
  epoch: "2026-07",
  image: `123456789012.dkr.ecr.eu-west-1.amazonaws.com/holdfast/runner@sha256:${"a".repeat(64)}`,
  clusterArn: "arn:aws:ecs:eu-west-1:123456789012:cluster/production",
  vpcId: "vpc-0a1b2c3d",
  subnetIds: JSON.stringify(["subnet-0a1b2c3d", "subnet-1a1b2c3d"]),
  targetRoleArns: JSON.stringify(["arn:aws:iam::210987654321:role/deployer"]),
} as const;

test("the stack runner-ecs enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-runner-ecs-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const controlPlane = await startControlPlane(folder);
  onTestFinished(controlPlane.stop);
  const { createOrganization } = OrganizationService.method;
  await controlPlane.api.call(createOrganization, { name: "acme" }, { deadlineMs: 10_000 });
  const cloud = await startStandIns([awsStandIn(), tlsStandIn()]);
  onTestFinished(cloud.stop);
  const world = await makeStack({ environment: cloud.environment });
  const { endpoint, caCertificateFile, apiKeyFile } = controlPlane;
  const configure = async (values: Readonly<Record<string, string>>): Promise<void> => {
    for (const [key, value] of Object.entries(values)) {
      await world.stack.setConfig(`holdfast:${key}`, { value });
    }
  };
  await configure({ ...settings, endpoint, caCertificateFile, apiKeyFile });
  const program = async (): Promise<Record<string, unknown>> =>
    await runnerEcs(new pulumi.Config("holdfast"), folder);
  const previewed = await world.preview(program);

  const made = await world.up(program);

  expect(made.changes).toEqual(previewed);
  expect(made.outputs["generation"]).toBe(1);
  expect(textOutput(made, "identityPrincipal")).toContain(":role/ecs-runner-task-role-");
  expect(textOutput(made, "secretReference")).toContain(":secret:ecs-runner-credentials-");
  const places = cloud.objects.filter(({ token }) => token.startsWith("aws:"));
  expect(places.map(({ configuration }) => configuration["region"])).toEqual(
    places.map(() => "eu-west-1"),
  );

  await configure({ epoch: "2026-08" });
  const rotated = await world.up(program);

  expect(rotated.outputs["generation"]).toBe(2);
  expect(textOutput(rotated, "credentialsFingerprint")).not.toBe(
    textOutput(made, "credentialsFingerprint"),
  );
  const moved = rotated.steps.filter(({ urn }) => urn.includes("$aws:"));
  expect([...new Set(moved.map(({ name }) => name))]).toEqual([
    "ecs-runner-credentials-version",
    "ecs-runner-task-definition",
    "ecs-runner-service",
  ]);
  expect(await world.backendText()).not.toContain("PRIVATE KEY");

  await world.destroy();
  expect(await world.resources()).toEqual([]);
});
