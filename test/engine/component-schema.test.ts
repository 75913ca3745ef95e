import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnalyzeResult, Analyzer } from "@pulumi/pulumi/provider/experimental/analyzer.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { root } from "../architecture/repository.ts";
import { componentClasses } from "./component-classes.ts";

// What Pulumi's own analyzer says of the components: it makes the schema that programs in other languages use them
// by. It is the one that a plugin with `runtime: nodejs` runs.

/** What it says of one component. */
interface Verdict {
  /** Its message about each property that it refuses. */
  readonly refusals: readonly string[];
  readonly result: AnalyzeResult;
}

const components = componentClasses();
let folder = "";
let analyzer: Analyzer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-schema-"));
  const index = join(folder, "index.ts");
  const lines = components.map(
    ({ name, file }) => `export { ${name} } from ${JSON.stringify(file)};`,
  );
  await writeFile(index, lines.join("\n"));
  await writeFile(
    join(folder, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.json"),
      compilerOptions: { typeRoots: [join(root, "node_modules", "@types")] },
      include: [],
      files: [index],
    }),
  );
  // One for all: reading the vendors' types takes its time.
  analyzer = new Analyzer(folder, "holdfast", { exports: index }, new Set(["EcsRunner"]));
});

afterAll(async () => await rm(folder, { recursive: true, force: true }));

/** Asks about one component, as if there were no other. */
function verdictOn(name: string): Verdict {
  const refusals: string[] = [];
  const prototype: unknown = Object.getPrototypeOf(analyzer);
  // Private, and the only place where its word on one property can be had: else it ends at the first.
  const analyzeSymbol = Reflect.get(prototype as object, "analyzeSymbol") as (
    ...values: readonly unknown[]
  ) => unknown;
  Object.assign(analyzer, {
    componentNames: new Set([name]),
    components: {},
    typeDefinitions: {},
    dependencies: [],
    analyzeSymbol: (...values: readonly unknown[]): unknown => {
      try {
        return analyzeSymbol.call(analyzer, ...values);
      } catch (error) {
        refusals.push(error instanceof Error ? error.message : String(error));
        return { $ref: "pulumi.json#/Any" };
      }
    },
  });
  return { result: analyzer.analyze(), refusals };
}

describe.each(components)("$name", ({ name }) => {
  test("is taken by Pulumi's analyzer, whole", () => {
    const { refusals } = verdictOn(name);
    expect(refusals).toEqual([]);
  });

  test("has no type of a vendor's SDK in its schema, which would bind its users to that version", () => {
    expect(verdictOn(name).result.dependencies).toEqual([]);
  });

  test("has outputs, and describes itself and each of them", () => {
    const { description, outputs } = verdictOn(name).result.components[name] ?? {};
    expect(description).toBeTruthy();
    const silent = Object.entries(outputs ?? {}).filter(
      ([, output]) => output.description === undefined,
    );
    expect(Object.keys(outputs ?? {})).not.toEqual([]);
    expect(silent.map(([output]) => output)).toEqual([]);
  });
});
