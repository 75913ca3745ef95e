import { expect, test } from "vitest";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import { readCloudRunSettings } from "./cloud-run-settings.ts";
import { resourceLimits, workerPoolTemplate } from "./worker-pool-template.ts";

const settings = readCloudRunSettings(
  "production",
  {
    image: `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`,
    location: "europe-west1",
    unsafeUnrestrictedEgress: true,
    existingSecretId: "runner",
    existingSecretVersion: "7",
    environment: { ZONE: "a", ALPHA: "b" },
  },
  new ArgumentCheck("a test"),
);
const template = workerPoolTemplate(
  settings,
  "runner@acme.iam.gserviceaccount.com",
  { secretId: "runner", version: "7" },
  "holdfast-production",
);

test("the credentials come from one version of the secret, and from nowhere else", () => {
  const [container] = template.containers;
  expect(container?.envs.at(-1)).toEqual({
    name: "HOLDFAST_CREDENTIALS",
    valueSource: { secretKeyRef: { secret: "runner", version: "7" } },
  });
  expect(JSON.stringify(Object.keys(template))).not.toContain("volumes");
});

test("a runner that has been alone for five minutes ends itself, because nothing can probe it", () => {
  const [container] = template.containers;
  expect(container?.envs).toContainEqual({ name: "HOLDFAST_OFFLINE_EXIT_SECONDS", value: "300" });
  expect(Object.keys(container ?? {})).toEqual(["name", "image", "resources", "envs"]);
});

test("variables are in an order of their own, so that none moves for nothing", () => {
  const names = template.containers[0]?.envs.map(({ name }) => name).slice(0, -1) ?? [];
  expect(names).toEqual(names.toSorted());
  expect(new Set(names).size).toBe(names.length);
});

test("without a network nothing is said of one", () => {
  expect(Object.keys(template)).toEqual(["serviceAccount", "labels", "annotations", "containers"]);
});

test("limits are in whole processors and MiB", () => {
  expect(resourceLimits({ cpuMillicores: 2_000, memoryMebibytes: 1_024 })).toEqual({
    cpu: "2",
    memory: "1024Mi",
  });
});
