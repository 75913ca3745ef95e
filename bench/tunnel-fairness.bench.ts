import { type BenchRow, median, quantile } from "./bench-row.ts";
import { type BenchWorld, openBenchWorld } from "./tunnel/bench-world.ts";

const bulkBytes = 50_000_000;
const durationMs = 3_000;
const rounds = 4;
const addedMsMax = 25;
const bulkShareMin = 0.7;

/** A small operation beside a log stream of 50 MB in the same tunnel. */
export async function run(): Promise<readonly BenchRow[]> {
  await using world = await openBenchWorld(1, 1);
  await measure(world);
  await measure(world);
  const measured: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    measured.push(await measure(world));
  }
  const idleMsP99 = median(measured.map((each) => each.idleP99Ms));
  const addedMs = median(measured.map((each) => each.besideP99Ms - each.idleP99Ms));
  const share = median(measured.map((each) => each.besideRate / each.aloneRate));
  const megabytesPerSecond = median(measured.map((each) => each.aloneRate)) / 1_000;
  return [
    {
      figure: "p99 of a small operation beside a log stream of 50 MB",
      value: `${addedMs < 0 ? "" : "+"}${addedMs.toFixed(1)} ms`,
      goal: `<= +${addedMsMax} ms`,
      baseline: `the same tunnel idle (p99 ${idleMsP99.toFixed(1)} ms)`,
      passed: addedMs <= addedMsMax,
    },
    {
      figure: "rate of the log stream beside small operations",
      value: `${(share * 100).toFixed(0)} %`,
      goal: `>= ${bulkShareMin * 100} %`,
      baseline: `the stream alone (${megabytesPerSecond.toFixed(0)} MB/s)`,
      passed: share >= bulkShareMin,
    },
  ];
}

interface Measured {
  readonly idleP99Ms: number;
  readonly besideP99Ms: number;
  /** Of the stream, in bytes per millisecond. */
  readonly aloneRate: number;
  readonly besideRate: number;
}

async function measure({ controlPlane }: BenchWorld): Promise<Measured> {
  const small = async (): Promise<readonly number[]> =>
    await controlPlane.call("small", durationMs);
  // One stream after the other, for as long as the small operations go on: the p99 of a single one of
  // half a second would be one sample.
  const bulk = async (): Promise<number> =>
    await controlPlane.call("bulk", { bytes: bulkBytes, durationMs });
  const idle = await small();
  const aloneRate = await bulk();
  const [beside, besideRate] = await Promise.all([small(), bulk()]);
  return {
    idleP99Ms: quantile(idle, 0.99),
    besideP99Ms: quantile(beside, 0.99),
    aloneRate,
    besideRate,
  };
}
