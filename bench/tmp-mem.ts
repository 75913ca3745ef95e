import { openBenchWorld } from "./tunnel/bench-world.ts";
import { readFileSync } from "node:fs";
await using world = await openBenchWorld(1, 200);
const { controlPlane, runners, files } = world;
const agg = (p: string) => {
  const s = JSON.parse(readFileSync(p, "utf8")); const f = s.snapshot.meta.node_fields; const types = s.snapshot.meta.node_types[0];
  const n = f.length; const m = new Map<string, [number, number]>();
  for (let i = 0; i < s.nodes.length; i += n) {
    const t = types[s.nodes[i]]; let name = s.strings[s.nodes[i + 1]];
    if (t === "string" || t === "concatenated string" || t === "sliced string") name = "(string)";
    if (t === "code") name = "(code)"; 
    const k = t + ":" + String(name).slice(0, 60); const e = m.get(k) ?? [0, 0]; e[0]++; e[1] += s.nodes[i + 3]; m.set(k, e);
  }
  return m;
};
await controlPlane.call("residentBytes"); await controlPlane.call("snap", "/tmp/a.heapsnapshot");
await runners.call("openTunnels", { files, perRunner: 500 });
await controlPlane.call("residentBytes"); await controlPlane.call("snap", "/tmp/b.heapsnapshot");
const a = agg("/tmp/a.heapsnapshot"), b = agg("/tmp/b.heapsnapshot");
const d = [...b].map(([k, [c, s]]) => [k, (c - (a.get(k)?.[0] ?? 0)) / 500, (s - (a.get(k)?.[1] ?? 0)) / 500] as const).sort((x, y) => y[2] - x[2]).slice(0, 45);
for (const [k, c, s] of d) console.log(s.toFixed(0).padStart(7), c.toFixed(1).padStart(6), k);
process.exit(0);
