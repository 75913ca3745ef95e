import { setTimeout as delay } from "node:timers/promises";
import { type BenchRow, median } from "./bench-row.ts";
import { openRunnerWorld } from "./runner/bundled-runner.ts";

const rounds = 3;
/** Long enough for the memory of the start to be collected. */
const restMs = 15_000;
const mebibytesMax = 80;

/** Resident memory of a connected runner that has nothing to do. */
export async function run(): Promise<readonly BenchRow[]> {
  await using world = await openRunnerWorld();
  const runnerBytes: number[] = [];
  const nothingBytes: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [runner, nothing] = await Promise.all([world.start(), world.startNothing()]);
    await delay(restMs);
    runnerBytes.push(runner.residentBytes());
    nothingBytes.push(nothing.residentBytes());
    await Promise.all([runner.stop(), nothing.stop()]);
  }
  const mebibytes = (bytes: readonly number[]): number => median(bytes) / 1_048_576;
  const value = mebibytes(runnerBytes);
  return [
    {
      figure: "runner: resident memory at rest",
      value: `${value.toFixed(0)} MiB (${(value / mebibytes(nothingBytes)).toFixed(1)}x)`,
      goal: `<= ${mebibytesMax} MiB`,
      baseline: `a Node process that does nothing (${mebibytes(nothingBytes).toFixed(0)} MiB)`,
      passed: value <= mebibytesMax,
    },
  ];
}
