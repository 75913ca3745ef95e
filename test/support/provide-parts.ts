import { spawn } from "node:child_process";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

const main = join(import.meta.dirname, "../../tools/parts/main.ts");

/** What the tests of each project will ask for. */
const partsOf: Readonly<Record<string, readonly string[]>> = {
  engine: ["pulumi-cli", "pulumi-nodejs", "moto"],
  e2e: [
    "pulumi-cli",
    "pulumi-nodejs",
    "pulumi-yaml",
    "pulumi-kubernetes",
    "postgresql",
    "containers",
    "kubernetes",
  ],
};

/**
 * Brings the real parts before the first test, on a machine that lacks them: no test has the time to build a
 * cluster. A part that cannot be had fails the tests that need it, each with its reason.
 */
export async function setup({ name }: TestProject): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(process.execPath, [main, ...(partsOf[name] ?? [])], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    child.once("error", reject);
    child.once("close", () => resolve());
  });
}
