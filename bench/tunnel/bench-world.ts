import { join } from "node:path";
import { type Child, startChild } from "../child.ts";

/** Control plane and runners, in processes of their own. */
export interface BenchWorld extends AsyncDisposable {
  readonly controlPlane: Child;
  readonly runners: Child;
  /** Credentials files of the runners. */
  readonly files: readonly string[];
}

/** Starts both processes and opens tunnels: so many for each of so many runners. */
export async function openBenchWorld(runnerCount: number, perRunner: number): Promise<BenchWorld> {
  const controlPlane = startChild(join(import.meta.dirname, "control-plane-process.ts"));
  const runners = startChild(join(import.meta.dirname, "runners-process.ts"));
  const files = await controlPlane.call<readonly string[]>("makeRunners", runnerCount);
  if (perRunner > 0) {
    await runners.call("openTunnels", { files, perRunner });
  }
  await controlPlane.call("takeStock");
  return {
    controlPlane,
    runners,
    files,
    [Symbol.asyncDispose]: async () => {
      await runners.stop();
      await controlPlane.stop();
    },
  };
}

/** Processor time of both ends while `work` runs, in microseconds. */
export async function cpuUsOf(world: BenchWorld, work: () => Promise<unknown>): Promise<number> {
  const spent = async (): Promise<number> =>
    (await world.controlPlane.call<number>("cpuUs")) + (await world.runners.call<number>("cpuUs"));
  const before = await spent();
  await work();
  return (await spent()) - before;
}
