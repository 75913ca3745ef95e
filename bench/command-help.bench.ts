import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BenchRow, median } from "./bench-row.ts";

const execute = promisify(execFile);
const rounds = 15;
const msMax = 150;

/** `holdfast --help`, as it is typed: with the compile cache of a second call. */
export async function run(): Promise<readonly BenchRow[]> {
  const cli = join(import.meta.dirname, "..", "cli", "holdfast.mjs");
  await timed([cli, "--help"]);
  const helpMs: number[] = [];
  const nothingMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    nothingMs.push(await timed(["--eval", "0"]));
    helpMs.push(await timed([cli, "--help"]));
  }
  const value = median(helpMs);
  return [
    {
      figure: "holdfast --help",
      value: `${value.toFixed(0)} ms (${(value / median(nothingMs)).toFixed(1)}x)`,
      goal: `<= ${msMax} ms`,
      baseline: `node --eval 0 (${median(nothingMs).toFixed(0)} ms)`,
      passed: value <= msMax,
    },
  ];
}

async function timed(program: readonly string[]): Promise<number> {
  const startedAtMs = performance.now();
  await execute(process.execPath, program);
  return performance.now() - startedAtMs;
}
