import { openBenchWorld } from "./tunnel/bench-world.ts";
await using world = await openBenchWorld(1, 200);
const { controlPlane, runners, files } = world;
const look = async () => { await controlPlane.call("residentBytes"); return await controlPlane.call<any>("heapBytes"); };
let prev = await look(); let n = 200;
for (let i = 0; i < 3; i++) {
  await runners.call("openTunnels", { files, perRunner: 1000 });
  const now = await look();
  const d = (k: string) => ((now[k] - prev[k]) / 1000 / 1024).toFixed(1);
  console.log("per tunnel KiB rss", d("rss"), "heap", d("heapUsed"), "heapTotal", d("heapTotal"), "external", d("external"), "arrayBuffers", d("arrayBuffers"));
  prev = now;
}
await world[Symbol.asyncDispose]();
process.exit(0);
