import { readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { BenchRow } from "./bench-row.ts";

/** Runs the benches whose names contain one of the arguments, or all; 1 if a goal was missed. */
const wanted = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(".bench.ts"))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)));

const rows: BenchRow[] = [];
for (const file of files) {
  console.error(`measuring ${file.replace(".bench.ts", "")} ...`);
  const bench = (await import(pathToFileURL(join(import.meta.dirname, file)).href)) as {
    run(): Promise<readonly BenchRow[]>;
  };
  rows.push(...(await bench.run()));
}

const header = { figure: "figure", value: "value", goal: "goal", baseline: "baseline" };
const columns = ["figure", "value", "goal", "baseline"] as const;
const width = (column: (typeof columns)[number]): number =>
  Math.max(...[header, ...rows].map((row) => row[column].length));
const line = (row: typeof header, verdict: string): string =>
  `${columns.map((column) => row[column].padEnd(width(column))).join("  ")}  ${verdict}`;
console.log(line(header, ""));
for (const row of rows) {
  console.log(line(row, row.passed ? "ok" : "MISSED"));
}
process.exit(rows.every(({ passed }) => passed) ? 0 : 1);
