import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BenchRow, median } from "./bench-row.ts";

const execute = promisify(execFile);
const rounds = 7;
const msMax = 500;

/** What a program waits for that imports the package as a whole, over the Pulumi SDK alone. */
export async function run(): Promise<readonly BenchRow[]> {
  const sdkMs: number[] = [];
  const packageMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    sdkMs.push(await importing('import "@pulumi/pulumi";'));
    packageMs.push(await importing('import "@pulumi/pulumi"; import "holdfast";'));
  }
  const value = median(packageMs.map((ms, round) => ms - (sdkMs[round] ?? 0)));
  return [
    {
      figure: "components: import of holdfast over @pulumi/pulumi",
      value: `${value.toFixed(0)} ms`,
      goal: `<= ${msMax} ms`,
      baseline: `import of @pulumi/pulumi alone (${median(sdkMs).toFixed(0)} ms)`,
      passed: value <= msMax,
    },
  ];
}

async function importing(program: string): Promise<number> {
  const startedAtMs = performance.now();
  // Where the package is installed.
  const cwd = join(import.meta.dirname, "..", "stacks");
  await execute(process.execPath, ["--input-type=module", "--eval", program], { cwd });
  return performance.now() - startedAtMs;
}
