import { Failure } from "@holdfast/foundation/failure.ts";
import { expect, test } from "vitest";
import { parsePolicy } from "./parse-policy.ts";

function failureOf(text: string): Failure {
  try {
    parsePolicy(text, "policy.yaml");
  } catch (error) {
    if (error instanceof Failure) {
      return error;
    }
    throw error;
  }
  throw new Error("it was accepted");
}

test("all problems of a policy file are named at once, with their lines", () => {
  const failure = failureOf(`version: 2
rules:
  - name: Bad Name
    decision: permit
    operations: []
    conections: ["a"]
  - name: same
    decision: allow
    operations: ["a b"]
`);
  expect(failure.code).toBe("policy.invalid");
  expect(failure.fields.map(({ field }) => field)).toEqual([
    "version (line 1)",
    "rules.0.name (line 3)",
    "rules.0.decision (line 4)",
    "rules.0.operations (line 5)",
    "rules.0 (line 3)",
    "rules.1.operations.0 (line 9)",
  ]);
  expect(failure.fields[4]?.problem).toContain("conections");
});

test("two rules cannot have one name, so that a refusal names one rule", () => {
  const rule = "{name: same, decision: allow, operations: ['*']}";
  expect(failureOf(`version: 1\nrules: [${rule}, ${rule}]`).fields[0]?.field).toBe(
    "rules.1.name (line 2)",
  );
});

test.each(["rules: [", "a: 1\na: 2", "[]", "", "version: 1"])(
  "a file that is no policy is refused: %j",
  (text) => {
    expect(failureOf(text).code).toBe("policy.invalid");
  },
);

test("a small file cannot fill the memory by references to itself", () => {
  const levels = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg"].map((pair) => [...pair])) {
    levels.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(", ")}]`);
  }
  expect(failureOf(levels.join("\n")).code).toBe("policy.invalid");
});
