import ts from "typescript";
import { expect, test } from "vitest";
import { filesOf, type SourceFile } from "./repository.ts";

/** Longest constructor of a component, in lines: a table of contents of what it makes. */
const constructorLinesMax = 40;

/** Longest program of a stack, in lines: it is the example of the docs too. */
const programLinesMax = 60;

/** Folders of stacks that are no examples, with the reason. */
const notExamples: Readonly<Record<string, string>> = {
  automation: "runs programs, and is none",
  local: "is what `holdfast dev` runs, with all that a first stack shows",
};

interface ComponentClass {
  readonly place: string;
  readonly name: string;
  readonly node: ts.ClassDeclaration;
  readonly source: ts.SourceFile;
}

const files = filesOf(/^(components|stacks)\/.*\.ts$/).filter(
  ({ path }) => !path.endsWith(".test.ts"),
);

function classesIn({ path, text }: SourceFile): readonly ComponentClass[] {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  return source.statements.filter(ts.isClassDeclaration).map((node) => {
    const name = node.name?.text ?? "";
    return { place: `${path} ${name}`, name, node, source };
  });
}

/** What a class extends, as it is written. */
function baseOf({ node, source }: ComponentClass): string {
  return node.heritageClauses?.[0]?.types[0]?.expression.getText(source) ?? "";
}

const classes = files.flatMap(classesIn);
const components = classes.filter((each) => /(^|\.)ComponentResource$/.test(baseOf(each)));

/** What is wrong with a component for the analyzer that makes its schema in every language of Pulumi. */
function problemsOf(component: ComponentClass): readonly string[] {
  const { name, node, source } = component;
  const constructors = node.members.filter(ts.isConstructorDeclaration);
  const [maker] = constructors;
  const text = maker?.getText(source) ?? "";
  // Without the lines of its braces.
  const lines = (maker?.body?.getText(source).split("\n").length ?? 0) - 2;
  const fields = node.members.filter(ts.isPropertyDeclaration);
  return [
    ...check(baseOf(component) === "pulumi.ComponentResource", "extends another class"),
    ...check(constructors.length === 1, "has not exactly one constructor"),
    ...check(lines <= constructorLinesMax, `has a constructor of ${lines} lines`),
    ...check(
      new RegExp(`\\bsuper\\(\\s*"holdfast:index:${name}",\\s*name,\\s*\\{\\},`).test(text),
      "does not pass its own token, its name and no inputs",
    ),
    ...check(
      node.members.length === fields.length + constructors.length,
      "has more than fields and a constructor",
    ),
    ...fields.flatMap((field) => fieldProblems(field, source)),
    ...check(
      sameNames(
        registered(maker, source),
        fields.map((field) => field.name.getText(source)),
      ),
      "does not end with registerOutputs of exactly its fields",
    ),
  ];
}

function fieldProblems(field: ts.PropertyDeclaration, source: ts.SourceFile): readonly string[] {
  const text = field.getText(source);
  return [
    ...check(
      !ts.isPrivateIdentifier(field.name),
      `has the private field ${field.name.getText(source)}`,
    ),
    ...check(
      /^(?:public )?readonly \w+: pulumi\.Output</.test(text.replace(/^declare /, "")),
      `has a field that is no public readonly output: ${text}`,
    ),
  ];
}

/** Names that the last statement of a constructor registers as outputs. */
function registered(
  maker: ts.ConstructorDeclaration | undefined,
  source: ts.SourceFile,
): readonly string[] | undefined {
  const last = maker?.body?.statements.at(-1);
  if (
    last === undefined ||
    !ts.isExpressionStatement(last) ||
    !ts.isCallExpression(last.expression)
  ) {
    return undefined;
  }
  const { expression, arguments: given } = last.expression;
  const [outputs] = given;
  return expression.getText(source) === "this.registerOutputs" &&
    outputs !== undefined &&
    ts.isObjectLiteralExpression(outputs)
    ? outputs.properties.map((property) => property.name?.getText(source) ?? "...")
    : undefined;
}

function sameNames(names: readonly string[] | undefined, others: readonly string[]): boolean {
  return names !== undefined && names.toSorted().join() === others.toSorted().join();
}

function check(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}

test("every component is one that the analyzer takes, with its own token and exactly its outputs", () => {
  expect(components.length).toBeGreaterThan(0);
  const problems = components.flatMap((component) =>
    problemsOf(component).map((problem) => `${component.place} ${problem}`),
  );
  expect(problems).toEqual([]);
});

test("no class stands between a component and the SDK", () => {
  const names = new Set(components.map(({ name }) => name));
  expect(classes.filter((each) => names.has(baseOf(each))).map(({ place }) => place)).toEqual([]);
});

test("every component has a name of its own", () => {
  const names = components.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test("what is wrong with a component is found", () => {
  const wrong = `export class Wrong extends Base.ComponentResource {
    readonly #secret: string;
    private readonly other: pulumi.Output<string>;
    readonly shown: pulumi.Output<string>;
    method() {}
    constructor(name: string) { super("holdfast:index:Other", name, {}, {}); this.registerOutputs({}); }
  }`;
  const found = classesIn({ path: "wrong.ts", text: wrong }).flatMap(problemsOf);
  expect(found).toEqual([
    "extends another class",
    "does not pass its own token, its name and no inputs",
    "has more than fields and a constructor",
    "has the private field #secret",
    "has a field that is no public readonly output: readonly #secret: string;",
    "has a field that is no public readonly output: private readonly other: pulumi.Output<string>;",
    "does not end with registerOutputs of exactly its fields",
  ]);
});

/** Modules of clouds' SDKs that a file loads: types cost nothing when a program runs. */
function loadedModules({ text }: SourceFile): readonly string[] {
  const statements =
    /^(?:import|export)\s+(?!type\b)[^;]*?from\s+"([^"]+)"|\bimport\(\s*"([^"]+)"\s*\)|^import\s+"([^"]+)"/gm;
  return [...text.matchAll(statements)]
    .map(([, imported, dynamic, bare]) => imported ?? dynamic ?? bare ?? "")
    .filter((module) => module.startsWith("@pulumi/") && !/^@pulumi\/pulumi(\/|$)/.test(module));
}

test("of a cloud's SDK only the leaf is loaded that is needed: the whole takes seconds", () => {
  const whole = files.flatMap((file) =>
    loadedModules(file)
      .filter((module) => !/^@pulumi\/[a-z-]+\/.+\.js$/.test(module) || /\/index\.js$/.test(module))
      .map((module) => `${file.path} loads ${module}`),
  );
  expect(whole).toEqual([]);
});

test("a module that is not a leaf is found however it is loaded", () => {
  const text = [
    'import type { input } from "@pulumi/kubernetes/types/index.js";',
    'import * as pulumi from "@pulumi/pulumi";',
    'import {\n  Role,\n} from "@pulumi/aws/iam/index.js";',
    'const aws = await import("@pulumi/aws");',
  ].join("\n");
  expect(loadedModules({ path: "wrong.ts", text })).toEqual([
    "@pulumi/aws/iam/index.js",
    "@pulumi/aws",
  ]);
});

test(`the program of a stack has at most ${programLinesMax} lines`, () => {
  const lines = new Map<string, number>();
  for (const { path, text } of files) {
    const folder = /^stacks\/([^/]+)\//.exec(path)?.[1];
    if (folder !== undefined && notExamples[folder] === undefined) {
      lines.set(folder, (lines.get(folder) ?? 0) + text.trimEnd().split("\n").length);
    }
  }
  expect([...lines].filter(([, count]) => count > programLinesMax)).toEqual([]);
});
