import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BenchRow, median } from "./bench-row.ts";

const execute = promisify(execFile);
const root = join(import.meta.dirname, "..");
const rounds = 3;
const secondsMax = 8;

/** The example with the most to read: Container Apps, whose SDK is the largest. */
const example = join(root, "stacks", "runner-container-apps", "runner-container-apps.ts");

/** What an editor's or a pipeline's type check of an example takes, with the compiler that most people have. */
export async function run(): Promise<readonly BenchRow[]> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-bench-"));
  const empty = join(folder, "empty.ts");
  await writeFile(empty, "export {};\n");
  const emptySeconds: number[] = [];
  const exampleSeconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    emptySeconds.push(await checking(folder, empty));
    exampleSeconds.push(await checking(folder, example));
  }
  await rm(folder, { recursive: true });
  const value = median(exampleSeconds);
  return [
    {
      figure: "components: type check of an example",
      value: `${value.toFixed(1)} s`,
      goal: `<= ${secondsMax} s`,
      baseline: `an empty file (${median(emptySeconds).toFixed(1)} s)`,
      passed: value <= secondsMax,
    },
  ];
}

async function checking(folder: string, file: string): Promise<number> {
  const configuration = join(folder, "tsconfig.json");
  await writeFile(
    configuration,
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(root, "node_modules", "@types")] },
      include: [],
      files: [file],
    }),
  );
  const startedAtMs = performance.now();
  await execute(process.execPath, [
    join(root, "node_modules", "typescript", "lib", "tsc.js"),
    "--project",
    configuration,
  ]);
  return (performance.now() - startedAtMs) / 1_000;
}
