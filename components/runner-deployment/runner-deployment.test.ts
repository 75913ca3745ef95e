import { expect, test } from "vitest";
import { recordResources } from "../../test/support/record-resources.ts";
import { RunnerDeployment } from "./runner-deployment.ts";

const image = `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`;
const args = { kubernetes: { image, existingSecretName: "runner", namespace: "runners" } };

test("it makes the target's own component as its only child, and puts no argument into the state twice", async () => {
  const resources = await recordResources(() => {
    new RunnerDeployment("prod", args, { protect: true, aliases: [{ name: "before" }] });
  });
  const components = resources.filter(({ isComponent }) => isComponent);
  expect(components).toMatchObject([
    {
      type: "holdfast:index:RunnerDeployment",
      name: "prod",
      inputs: {},
      protect: true,
      aliasNames: ["before"],
    },
    { type: "holdfast:index:KubernetesRunner", name: "prod-runner", inputs: {} },
  ]);
  expect(components[1]?.parentUrn).toContain("RunnerDeployment::prod");
  expect(resources.map(({ name }) => name)).toContain("prod-runner-deployment");
});

test("wrong arguments register nothing at all", async () => {
  const resources = await recordResources(() => {
    expect(() => new RunnerDeployment("prod", {})).toThrow("exactly one of");
    expect(
      () => new RunnerDeployment("prod", { kubernetes: { ...args.kubernetes, replicas: 0 } }),
    ).toThrow("kubernetes.replicas must be");
  });
  expect(resources).toEqual([]);
});
