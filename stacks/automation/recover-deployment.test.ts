import { expect, test } from "vitest";
import { recoverDeployment } from "./recover-deployment.ts";

const resource = (type: string, name: string, inputs: Record<string, unknown>) => ({
  urn: `urn:pulumi:local::holdfast::${type}::${name}`,
  type,
  inputs,
});

test("a state without pending operations stays as it is", () => {
  expect(recoverDeployment({ deployment: { resources: [] } }).repaired).toEqual([]);
  expect(recoverDeployment({ deployment: null }).repaired).toEqual([]);
});

test("what was being created is put in under the id that imports it, and nothing stays pending", () => {
  const runner = resource("holdfast:index:Runner", "runner", { organization: "org_1", name: "r" });
  const { deployment, repaired } = recoverDeployment({
    deployment: { resources: [], pending_operations: [{ type: "creating", resource: runner }] },
  });
  expect(deployment.deployment).toEqual({
    resources: [{ ...runner, id: "org_1/r" }],
    pending_operations: [],
  });
  expect(repaired).toEqual(["creating holdfast:index:Runner runner"]);
});

test("credentials and API keys that were being made are made anew", () => {
  const lost = resource("holdfast:index:RunnerCredentials", "c", { organization: "org_1" });
  const { deployment } = recoverDeployment({
    deployment: { resources: [], pending_operations: [{ type: "creating", resource: lost }] },
  });
  expect(deployment.deployment?.resources).toEqual([]);
});

test("what the state knows already is not put in twice", () => {
  const known = resource("holdfast:index:Runner", "runner", { organization: "org_1", name: "r" });
  const { deployment } = recoverDeployment({
    deployment: {
      resources: [known],
      pending_operations: [
        { type: "creating", resource: known },
        { type: "deleting", resource: known },
      ],
    },
  });
  expect(deployment.deployment?.resources).toEqual([known]);
});
