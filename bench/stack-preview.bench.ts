import { type BenchRow, median } from "./bench-row.ts";
import { emptyProgram, openPreviewWorld } from "./stacks/preview-world.ts";
import { previewedStacks } from "./stacks/previewed-stacks.ts";

const rounds = 5;
const ratioMax = 1.3;

/** `pulumi preview` of the stack of each hosting target, against one of an empty program right before it. */
export async function run(): Promise<readonly BenchRow[]> {
  await using world = await openPreviewWorld();
  const programs = Object.keys(previewedStacks);
  for (const program of [emptyProgram, ...programs]) {
    await world.preview(program);
  }
  const rows: BenchRow[] = [];
  for (const program of programs) {
    const emptyMs: number[] = [];
    const stackMs: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      emptyMs.push(await world.preview(emptyProgram));
      stackMs.push(await world.preview(program));
    }
    const value = median(stackMs.map((ms, round) => ms / (emptyMs[round] ?? Number.NaN)));
    rows.push({
      figure: `preview: stack ${program}`,
      value: `${value.toFixed(2)}x (${median(stackMs).toFixed(0)} ms)`,
      goal: `<= ${ratioMax}x`,
      baseline: `preview of an empty program (${median(emptyMs).toFixed(0)} ms)`,
      passed: value <= ratioMax,
    });
  }
  return rows;
}
