import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OrganizationService } from "@holdfast/protocol/generated/holdfast/v1/organization_pb.ts";
import { runnerEks } from "@holdfast/stacks/runner-eks/runner-eks.ts";
import * as pulumi from "@pulumi/pulumi";
import { expect, onTestFinished, test } from "vitest";
import { awsStandIn } from "../support/providers/aws.ts";
import { awsTrustResources } from "../support/providers/aws-trust.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { startControlPlane } from "./control-plane-process.ts";
import { makeStack } from "./engine-world.ts";

const image = `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`;
const clusterArn = "arn:aws:eks:eu-west-1:111122223333:cluster/production";

test("the stack runner-eks enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-runner-eks-"));
  onTestFinished(async () => await rm(folder, { recursive: true, force: true }));
  const controlPlane = await startControlPlane(folder);
  onTestFinished(controlPlane.stop);
  const { createOrganization } = OrganizationService.method;
  await controlPlane.api.call(createOrganization, { name: "acme" }, { deadlineMs: 10_000 });
  await writeFile(join(folder, "kubeconfig"), "");
  const cloud = await startStandIns([
    awsStandIn({ more: awsTrustResources }),
    kubernetesStandIn(),
    randomStandIn(),
    tlsStandIn(),
  ]);
  onTestFinished(cloud.stop);
  const world = await makeStack({ environment: cloud.environment });
  const configure = async (values: Readonly<Record<string, string>>): Promise<void> => {
    for (const [key, value] of Object.entries(values)) {
      await world.stack.setConfig(`holdfast:${key}`, { value });
    }
  };
  const { endpoint, caCertificateFile, apiKeyFile } = controlPlane;
  await configure({ endpoint, caCertificateFile, apiKeyFile, clusterArn, image });
  await configure({ organization: "acme", runner: "prod", epoch: "2026-07" });
  await configure({ kubeconfigFile: "kubeconfig", namespace: "runners-east" });
  const configured: pulumi.automation.PulumiFn = async () =>
    await runnerEks(new pulumi.Config("holdfast"), folder);
  const previewed = await world.preview(configured);

  const made = await world.up(configured);

  expect(made.changes).toEqual(previewed);
  expect(made.outputs["generation"]).toBe(1);
  expect(made.outputs["identityPrincipal"]).toMatch(/^arn:aws:iam::111122223333:role\//);
  // Everything of AWS is made in the cluster's own account and region, whatever the environment says.
  const places = cloud.objects
    .filter(({ token }) => token.startsWith("aws:"))
    .map(({ configuration }) => [configuration["region"], configuration["allowedAccountIds"]]);
  expect(places.length).toBeGreaterThan(1);
  expect(new Set(places.map((place) => JSON.stringify(place))).size).toBe(1);

  await configure({ epoch: "2026-08" });
  const rotated = await world.up(configured);

  expect(rotated.outputs["generation"]).toBe(2);
  expect(
    rotated.steps
      .filter(({ urn }) => urn.includes("$kubernetes:") || urn.includes("$aws:"))
      .map(({ op, name }) => `${op} ${name}`),
  ).toEqual([
    "create-replacement eks-runner-credentials",
    "replace eks-runner-credentials",
    "update eks-runner-deployment",
    "delete-replaced eks-runner-credentials",
  ]);
  expect(await world.backendText()).not.toContain("PRIVATE KEY");

  await world.destroy();
  expect(cloud.objects).toEqual([]);
});
