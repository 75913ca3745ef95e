import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Stack } from "@pulumi/pulumi/automation/index.js";
import { type Deployment, deploymentSchema, recoverDeployment } from "./recover-deployment.ts";

const execute = promisify(execFile);

/** A state of some thousand resources. */
const stateBytesMax = 64 * 1024 * 1024;

/**
 * Repairs the state of a stack whose last update was killed: what was being made may exist by now without
 * the state knowing. Such objects are put into the state under their names and read anew; those that do
 * not exist fall out again, and the update goes on from the truth.
 *
 * guarantee: secrets stay encrypted all the way.
 *
 * @returns what was repaired, in words; empty if there was nothing.
 */
export async function recoverPendingOperations(
  stack: Stack,
  workDir: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { stdout } = await run(stack, ["stack", "export"]);
  const exported = deploymentSchema.parse(JSON.parse(stdout));
  const { deployment, repaired } = recoverDeployment(exported);
  if (repaired.length === 0) {
    return [];
  }
  await importDeployment(stack, workDir, deployment);
  // With the program, so that the provider is configured as it is now and not as it was then.
  await stack.refresh({ runProgram: true, signal, color: "never" });
  return repaired;
}

async function importDeployment(stack: Stack, workDir: string, deployment: Deployment) {
  const file = join(workDir, "recovered-state.json");
  try {
    await writeFile(file, JSON.stringify(deployment), { mode: 0o600 });
    await run(stack, ["stack", "import", "--file", file]);
  } finally {
    await rm(file, { force: true });
  }
}

/** The Automation API's own export asks for secrets in clear; the CLI alone does not. */
async function run(stack: Stack, args: readonly string[]): Promise<{ readonly stdout: string }> {
  const { workspace } = stack;
  return await execute(workspace.pulumiCommand.command, [...args, "--stack", stack.name], {
    cwd: workspace.workDir,
    env: {
      ...workspace.envVars,
      ...(workspace.pulumiHome === undefined ? {} : { PULUMI_HOME: workspace.pulumiHome }),
    },
    maxBuffer: stateBytesMax,
  });
}
