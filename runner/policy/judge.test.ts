import fc from "fast-check";
import { expect, test } from "vitest";
import { judge, matchesGlob, type PolicyQuestion } from "./judge.ts";
import { parsePolicy } from "./parse-policy.ts";
import { defaultPolicyText } from "./policy-file.ts";

const question: PolicyQuestion = {
  operation: "kubernetes.pods.list",
  connection: "cluster",
  caller: "ci",
  effect: "read",
};

function decide(rules: string, asked: Partial<PolicyQuestion> = {}): string {
  const policy = parsePolicy(`version: 1\nrules:\n${rules}`, "test");
  const decision = judge(policy, { ...question, ...asked });
  return decision.allowed ? decision.rule : decision.reason;
}

test("without a policy file the runner reads clusters and tells of itself, and does nothing else", () => {
  const policy = parsePolicy(defaultPolicyText, "(default)");
  const isAllowed = (operation: string, effect: "read" | "write"): boolean =>
    judge(policy, { ...question, operation, effect }).allowed;
  expect(isAllowed("kubernetes.pods.logs", "read")).toBe(true);
  expect(isAllowed("runner.describe", "read")).toBe(true);
  expect(isAllowed("kubernetes.pods.delete", "write")).toBe(false);
  expect(isAllowed("pulumi.up", "write")).toBe(false);
  // A preview changes nothing, and still runs a program that the caller wrote.
  expect(isAllowed("pulumi.preview", "read")).toBe(false);
});

test("what no rule allows is refused", () => {
  expect(decide("  []")).toBe("no rule allows it");
});

test("a rule that denies wins over rules that allow, whatever their order, and is named", () => {
  const allow = "  - {name: reads, decision: allow, operations: ['kubernetes.*']}\n";
  const deny = "  - {name: no-pods, decision: deny, operations: ['*.pods.*']}\n";
  expect(decide(allow)).toBe("reads");
  expect(decide(allow + deny)).toBe("the rule `no-pods` denies it");
  expect(decide(deny + allow)).toBe("the rule `no-pods` denies it");
});

test("a rule can be limited to connections, callers and effects", () => {
  const rule =
    "  - {name: r, decision: allow, operations: ['*'], connections: ['prod-*'], callers: [ci], effects: [read]}\n";
  expect(decide(rule, { connection: "prod-eu" })).toBe("r");
  expect(decide(rule, { connection: "dev" })).toBe("no rule allows it");
  expect(decide(rule, { connection: undefined })).toBe("no rule allows it");
  expect(decide(rule, { connection: "prod-eu", caller: "someone" })).toBe("no rule allows it");
  expect(decide(rule, { connection: "prod-eu", effect: "write" })).toBe("no rule allows it");
});

test("a glob matches what the same pattern as a regular expression matches", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", ".", "-"), maxLength: 8 });
  const glob = fc.string({ unit: fc.constantFrom("a", "b", ".", "*"), maxLength: 8 });
  fc.assert(
    fc.property(glob, word, (pattern, text) => {
      const slow = new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll(/\*+/g, ".*")}$`);
      expect(matchesGlob(pattern, text)).toBe(slow.test(text));
    }),
    { numRuns: 3_000 },
  );
});
