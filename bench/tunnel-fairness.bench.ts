import { type BenchRow, median, quantile } from "./bench-row.ts";
import { type BenchWorld, openBenchWorld } from "./tunnel/bench-world.ts";

const bulkBytes = 50_000_000;
const idleMs = 3_000;
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
  const share = median(measured.map((each) => each.aloneMs / each.besideMs));
  const rate = bulkBytes / 1_000 / median(measured.map((each) => each.aloneMs));
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
      baseline: `the stream alone (${rate.toFixed(0)} MB/s)`,
      passed: share >= bulkShareMin,
    },
  ];
}

interface Measured {
  readonly idleP99Ms: number;
  readonly besideP99Ms: number;
  readonly aloneMs: number;
  readonly besideMs: number;
}

async function measure({ controlPlane }: BenchWorld): Promise<Measured> {
  const small = async (durationMs: number): Promise<readonly number[]> =>
    await controlPlane.call("small", durationMs);
  const bulk = async (): Promise<number> => await controlPlane.call("bulk", bulkBytes);
  const idle = await small(idleMs);
  const aloneMs = await bulk();
  // As long as the bulk takes, or the quiet afterwards would flatter the small operations.
  const [beside, besideMs] = await Promise.all([small(Math.max(aloneMs, 200)), bulk()]);
  return {
    idleP99Ms: quantile(idle, 0.99),
    besideP99Ms: quantile(beside, 0.99),
    aloneMs,
    besideMs,
  };
}
