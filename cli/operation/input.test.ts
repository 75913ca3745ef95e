import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { CreateConnectionRequestSchema } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import {
  KubernetesPodsListInputSchema,
  KubernetesPodsLogsInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_kubernetes_pb.ts";
import { PulumiStackInputSchema } from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { RunnerDescribeInputSchema } from "@holdfast/protocol/generated/holdfast/v1/operations_runner_pb.ts";
import { expect, test } from "vitest";
import { buildInput, type InputSource } from "./input.ts";

const assignments = (...pairs: readonly (readonly [string, string])[]): InputSource => ({
  document: undefined,
  assignments: pairs,
});

function problemsOf(build: () => unknown): readonly FieldProblem[] {
  try {
    build();
  } catch (error) {
    if (error instanceof Failure && error.code === "operation.input_invalid") {
      return error.fields;
    }
    throw error;
  }
  throw new Error("it was accepted");
}

test.each(["label_selector", "labelSelector", "label-selector"])(
  "a field may be written as %s",
  (name) => {
    const input = buildInput(KubernetesPodsListInputSchema, assignments([name, "app=web"]));
    expect(input.labelSelector).toBe("app=web");
  },
);

test("text becomes what the field takes: flags, numbers and objects within objects", () => {
  const logs = buildInput(
    KubernetesPodsLogsInputSchema,
    assignments(["name", "web"], ["follow", "true"], ["tail-lines", "10"]),
  );
  expect(logs).toMatchObject({ name: "web", follow: true, tailLines: 10 });
  const list = buildInput(KubernetesPodsListInputSchema, assignments(["page.limit", "5"]));
  expect(list.page?.limit).toBe(5);
});

test("an unknown name is answered with the names that are known", () => {
  const problems = problemsOf(() =>
    buildInput(KubernetesPodsListInputSchema, assignments(["namespce", "x"], ["page.size", "5"])),
  );
  expect(problems).toEqual([
    {
      field: "namespce",
      problem: "is unknown; allowed: namespace, label_selector, field_selector, page",
    },
    { field: "page.size", problem: "is unknown; allowed: limit, continue_token" },
  ]);
});

test("a kind without input says so", () => {
  expect(
    problemsOf(() => buildInput(RunnerDescribeInputSchema, assignments(["verbose", "1"]))),
  ).toEqual([{ field: "verbose", problem: "is unknown; there is no input" }]);
});

test("every value that does not fit is named at once, and none is repeated", () => {
  const problems = problemsOf(() =>
    buildInput(
      KubernetesPodsLogsInputSchema,
      assignments(["follow", "hunter2"], ["tail_lines", "-1"], ["since_seconds", "hunter2"]),
    ),
  );
  expect(problems).toEqual([
    { field: "follow", problem: "must be true or false" },
    { field: "tail_lines", problem: "must be a whole number of at least 0" },
    { field: "since_seconds", problem: "must be a whole number of at least 0" },
  ]);
});

test("assignments come on top of the document", () => {
  const input = buildInput(KubernetesPodsListInputSchema, {
    document: { namespace: "a", page: { limit: 7 } },
    assignments: [["namespace", "b"]],
  });
  expect(input).toMatchObject({ namespace: "b", page: { limit: 7 } });
});

test("maps, lists and references have a short form", () => {
  const input = buildInput(
    PulumiStackInputSchema,
    assignments(
      ["configuration[aws:region]", "eu-central-1"],
      ["configuration[app:v1.2]", "secret:db@3"],
      ["environment.TOKEN.variable", "token"],
      ["targets", "urn:a"],
      ["targets", "urn:b"],
    ),
  );
  expect(input.targets).toEqual(["urn:a", "urn:b"]);
  expect(input.configuration["aws:region"]?.source).toEqual({
    case: "literal",
    value: "eu-central-1",
  });
  expect(input.configuration["app:v1.2"]).toMatchObject({
    source: { case: "secret", value: "db" },
    version: 3,
  });
  expect(input.environment["TOKEN"]?.source).toEqual({ case: "variable", value: "token" });
});

test("a field that can carry a secret is never taken from the command line", () => {
  const [problem] = problemsOf(() =>
    buildInput(CreateConnectionRequestSchema, assignments(["inline_credentials.document", "x"])),
  );
  expect(problem).toEqual({
    field: "inline_credentials.document",
    problem: "can carry a secret: give it in --input-file",
  });
});

test.each([
  [["page", "5"], "is an object: write page.limit, page.continue_token"],
  [["namespace.x", "5"], "has no fields of its own"],
] as const)("%j cannot be assigned", ([key, text], problem) => {
  expect(
    problemsOf(() => buildInput(KubernetesPodsListInputSchema, assignments([key, text]))),
  ).toEqual([{ field: key, problem }]);
});

test.each([
  [[], "must be an object"],
  [{ namespace: 5 }, "must be text"],
  [{ page: 5 }, "must be an object"],
])("the document %j is refused", (document, problem) => {
  const [first] = problemsOf(() =>
    buildInput(KubernetesPodsListInputSchema, { document, assignments: [] }),
  );
  expect(first?.problem).toBe(problem);
});
