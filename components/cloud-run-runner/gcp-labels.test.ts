import { expect, test } from "vitest";
import { problemsOf } from "../../test/support/argument-problems.ts";
import { readGcpLabels } from "./gcp-labels.ts";

/** Whether these tags can be labels. */
function isTaken(tags: Readonly<Record<string, string>>): boolean {
  return problemsOf((check) => readGcpLabels(tags, check)).length === 0;
}

test.each([
  ["team", "platform", true],
  ["team_1-a", "", true],
  ["a".repeat(63), "b".repeat(63), true],
  ["a".repeat(64), "", false],
  ["a", "b".repeat(64), false],
  ["1team", "a", false],
  ["Team", "a", false],
  ["team", "Platform", false],
  ["team", "a b", false],
  ["ärger", "ß", true],
])("the label %s=%s is one that Google Cloud takes: %s", (key, value, expected) => {
  expect(isTaken({ [key]: value })).toBe(expected);
});

test("there are at most 64 labels", () => {
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, "x"]));
  expect(isTaken(labels(64))).toBe(true);
  expect(isTaken(labels(65))).toBe(false);
});
