import { type BenchRow, median, quantile } from "./bench-row.ts";
import { openBenchWorld } from "./tunnel/bench-world.ts";

const runnerCount = 100;
const perRunner = 5;
const msMax = 250;

/** From the call that revokes credentials to the end of the stream at the runner, one by one. */
export async function run(): Promise<readonly BenchRow[]> {
  await using world = await openBenchWorld(runnerCount, perRunner);
  const { controlPlane, runners } = world;
  const tookMs: number[] = [];
  for (let index = 0; index < runnerCount; index += 1) {
    const revokedAtMs = await controlPlane.call<number>("revoke", index);
    const closed: number[] = [];
    for (let look = 0; look < 1_000 && closed.length < perRunner; look += 1) {
      closed.push(...(await runners.call<readonly number[]>("takeClosed")));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (closed.length !== perRunner) {
      throw new Error(`${closed.length} of ${perRunner} streams were closed`);
    }
    tookMs.push(...closed.map((atMs) => atMs - revokedAtMs));
  }
  const p99 = quantile(tookMs, 0.99);
  return [
    {
      figure: `revocation to stream closed, p99, ${runnerCount * perRunner} tunnels`,
      value: `${p99.toFixed(0)} ms (p50 ${median(tookMs).toFixed(0)} ms)`,
      goal: `<= ${msMax} ms`,
      baseline: "none: a limit",
      passed: p99 <= msMax,
    },
  ];
}
