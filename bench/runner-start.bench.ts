import { type BenchRow, median } from "./bench-row.ts";
import { openRunnerWorld } from "./runner/bundled-runner.ts";

const rounds = 11;
const msMax = 500;

/** From the start of the bundled runner's process to its tunnel accepting operations. */
export async function run(): Promise<readonly BenchRow[]> {
  await using world = await openRunnerWorld();
  const runnerMs: number[] = [];
  const nothingMs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const [start, took] of [
      [world.startNothing, nothingMs],
      [world.start, runnerMs],
    ] as const) {
      const started = await start();
      took.push(started.tookMs);
      await started.stop();
    }
  }
  const value = median(runnerMs);
  return [
    {
      figure: "runner: start to accepted operations",
      value: `${value.toFixed(0)} ms (${(value / median(nothingMs)).toFixed(1)}x)`,
      goal: `<= ${msMax} ms`,
      baseline: `a Node process that does nothing (${median(nothingMs).toFixed(0)} ms)`,
      passed: value <= msMax,
    },
  ];
}
