import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { type ReadArguments, refusalOf, settingsOf } from "../../test/support/argument-problems.ts";
import { checkTargets } from "./check-targets.ts";
import type { RunnerDeploymentArgs } from "./runner-deployment-args.ts";
import { targetNames } from "./runner-targets.ts";

const image = `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`;
const credentials = JSON.stringify({
  type: "holdfast_runner_credentials",
  privateKey: "canary-key",
});
const kubernetes = { image, credentials, namespace: "runners" };

function problems(args: RunnerDeploymentArgs): string {
  const read: ReadArguments<void> = (check) => checkTargets("prod-runner", args, check);
  return String(refusalOf(() => settingsOf(read)) ?? "");
}

test("one target with arguments that are right passes", () => {
  expect(problems({ kubernetes })).toBe("");
});

test("no target is refused, and the message names all that there are", () => {
  const text = problems({});
  expect(text).toContain("args must have exactly one of kubernetes, ecs, eks, gke");
  expect(text).toContain("given: none");
  expect(targetNames.filter((name) => !text.includes(name))).toEqual([]);
});

test("several targets are refused, each by its name", () => {
  const text = problems({
    kubernetes,
    ecs: { ...kubernetes, clusterArn: "", vpcId: "", subnetIds: [] },
  });
  expect(text).toContain("  kubernetes must be the only one");
  expect(text).toContain("  ecs must be the only one");
  expect(text).toContain("given: kubernetes, ecs");
  // Which of them is meant is not known, so that nothing else is judged.
  expect(text).not.toContain("clusterArn");
});

test("what is wrong with a target's arguments is told by the whole path, all of it at once, without a secret", () => {
  const text = problems({
    kubernetes: { image: "runner:latest", credentials: "canary-text", namespace: "no namespace" },
  });
  expect(text).toContain("3 arguments are wrong");
  for (const path of ["image", "credentials", "namespace"]) {
    expect(text).toContain(`  kubernetes.${path} must be`);
  }
  expect(text).not.toContain("canary");
});

test("a target that is an output is refused: which resources there are must be known", () => {
  // Programs in other languages could do it.
  const args = { kubernetes: pulumi.output(kubernetes) } as object;
  expect(problems(args)).toContain("kubernetes must be known when the program runs");
});

test("outputs are left to the target's own component, so that no failure is left without anybody", async () => {
  const wrong = pulumi.output("no namespace");
  expect(problems({ kubernetes: { ...kubernetes, namespace: wrong } })).toBe("");
  // An output that fails unheard would end this test run.
  await new Promise((resolve) => setImmediate(resolve));
});
