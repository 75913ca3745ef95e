import type { BenchRow } from "./bench-row.ts";
import { openBenchWorld } from "./tunnel/bench-world.ts";

const warmUpTunnels = 200;
const tunnels = 2_000;
const kibibytesMax = 128;

/** Resident memory of the control plane for each idle tunnel, after collecting garbage. */
export async function run(): Promise<readonly BenchRow[]> {
  await using world = await openBenchWorld(1, warmUpTunnels);
  const { controlPlane, runners, files } = world;
  const resident = async (): Promise<number> => await controlPlane.call("residentBytes");
  const before = await resident();
  await runners.call("openTunnels", { files, perRunner: tunnels });
  const open = await controlPlane.call<number>("takeStock");
  const kibibytes = ((await resident()) - before) / (open - warmUpTunnels) / 1_024;
  return [
    {
      figure: `resident memory of an idle tunnel, at ${tunnels} tunnels`,
      value: `${kibibytes.toFixed(0)} KiB`,
      goal: `<= ${kibibytesMax} KiB`,
      baseline: `the control plane with ${warmUpTunnels} tunnels (${(before / 1_048_576).toFixed(0)} MiB)`,
      passed: kibibytes <= kibibytesMax,
    },
  ];
}
