import { type BenchRow, median } from "./bench-row.ts";
import type { LoadResult } from "./load.ts";
import { type BenchWorld, cpuUsOf, openBenchWorld } from "./tunnel/bench-world.ts";

const connections = 500;
const concurrency = 32;
const warmUpMs = 6_000;
const roundMs = 1_500;
const rounds = 5;

/** Processor time of a small operation through 500 tunnels, against raw grpc-js unary calls. */
export async function run(): Promise<readonly BenchRow[]> {
  await using world = await openBenchWorld(1, connections);
  const port = await world.controlPlane.call<number>("startRawServer");
  await world.runners.call("openRaw", { file: world.files[0], port, count: connections });
  return [await compare(world, 100, 0.5), await compare(world, 4_096, 0.7)];
}

async function compare(
  world: BenchWorld,
  payloadBytes: number,
  ratioMax: number,
): Promise<BenchRow> {
  const tunnel = async (durationMs: number): Promise<number> =>
    await usPerOperation(
      world,
      async () =>
        await world.controlPlane.call<LoadResult>("operate", {
          durationMs,
          concurrency,
          payloadBytes,
        }),
    );
  const unary = async (durationMs: number): Promise<number> =>
    await usPerOperation(
      world,
      async () =>
        await world.runners.call<LoadResult>("callRaw", { durationMs, concurrency, payloadBytes }),
    );
  await tunnel(warmUpMs);
  await unary(warmUpMs);
  const measured: { readonly tunnel: number; readonly unary: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Each goes first in turn: whatever the machine does beside us hits both alike.
    if (round % 2 === 0) {
      measured.push({ tunnel: await tunnel(roundMs), unary: await unary(roundMs) });
    } else {
      const first = await unary(roundMs);
      measured.push({ tunnel: await tunnel(roundMs), unary: first });
    }
  }
  const ratio = median(measured.map((each) => each.tunnel / each.unary));
  const us = (values: readonly number[]): string => `${median(values).toFixed(0)} µs`;
  return {
    figure: `CPU per operation of ${payloadBytes} B, ${connections} tunnels`,
    value: `${ratio.toFixed(2)}x (${us(measured.map((each) => each.tunnel))})`,
    goal: `<= ${ratioMax}x`,
    baseline: `grpc-js unary, ${connections} connections (${us(measured.map((each) => each.unary))})`,
    passed: ratio <= ratioMax,
  };
}

async function usPerOperation(world: BenchWorld, load: () => Promise<LoadResult>): Promise<number> {
  let operations = 0;
  const us = await cpuUsOf(world, async () => {
    ({ operations } = await load());
  });
  return us / operations;
}
