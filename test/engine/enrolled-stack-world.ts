import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Program } from "@holdfast/stacks/program.ts";
import * as pulumi from "@pulumi/pulumi";
import { expect } from "vitest";
import type { StandIns } from "../support/providers/start-stand-ins.ts";
import { controlPlaneForTest } from "./control-plane-process.ts";
import type { TestStack, TestUpdate } from "./engine-world.ts";
import { emptyStack } from "./runner-world.ts";

// The world of a stack that enrolls a runner and deploys it: a real control plane, the real engine, clouds as stand-ins.

/** A stack that enrolls the runner `prod` of the organization `acme`. */
export interface EnrolledWorld {
  readonly stack: TestStack;
  /** What {@link up} would do, without doing it. */
  preview(): Promise<Readonly<Record<string, number>>>;
  /** Updates with the program as it is configured now. */
  up(): Promise<TestUpdate>;
  /** Updates with the next epoch, which asks for new credentials. */
  rotate(): Promise<TestUpdate>;
}

/** What differs from one enrolled stack to another. */
export interface EnrolledWorldOptions {
  /** Of the folder `stacks`. */
  readonly program: Program;
  /** The clouds. */
  readonly standIns: StandIns;
  /** The stack's own configuration. What all have is set; a file named `kubeconfig`, which is empty, is there. */
  readonly configuration: Readonly<Record<string, string>>;
}

/** Makes the world of the test that runs; all of it is gone when the test has finished. */
export async function makeEnrolledWorld(options: EnrolledWorldOptions): Promise<EnrolledWorld> {
  const { endpoint, caCertificateFile, apiKeyFile } = await controlPlaneForTest("acme");
  const stack = await emptyStack(options.standIns);
  await writeFile(join(stack.folder, "kubeconfig"), "");
  const configure = async (values: Readonly<Record<string, string>>): Promise<void> => {
    for (const [key, value] of Object.entries(values)) {
      await stack.stack.setConfig(`holdfast:${key}`, { value });
    }
  };
  await configure({ endpoint, caCertificateFile, apiKeyFile });
  await configure({ organization: "acme", runner: "prod", epoch: "2026-07" });
  await configure(options.configuration);
  // The configuration is read when the program runs: the engine sets it for each run.
  const program: pulumi.automation.PulumiFn = async () =>
    await options.program(new pulumi.Config("holdfast"), stack.folder);
  return {
    stack,
    preview: async () => await stack.preview(program),
    up: async () => await stack.up(program),
    rotate: async () => {
      await configure({ epoch: "2026-08" });
      return await stack.up(program);
    },
  };
}

/** Holds the first update to its preview and to the first generation of credentials. */
export async function expectFirstUpdate(world: EnrolledWorld): Promise<TestUpdate> {
  const previewed = await world.preview();
  const made = await world.up();
  expect(made.changes).toEqual(previewed);
  expect(made.outputs["generation"]).toBe(1);
  return made;
}

/** Holds a rotation to the second generation of credentials, of which the backend has no private key in clear. */
export async function expectRotation(world: EnrolledWorld): Promise<TestUpdate> {
  const rotated = await world.rotate();
  expect(rotated.outputs["generation"]).toBe(2);
  expect(await world.stack.backendText()).not.toContain("PRIVATE KEY");
  return rotated;
}
