import { expect, test } from "vitest";
import { accountIdOf } from "./gcp-account-id.ts";

const component = {
  organization: "acme",
  project: "runners",
  stack: "production",
  type: "GkeRunner",
  name: "runner",
};

test.each(["a", "runner", "a".repeat(30), `${"a".repeat(20)}-bcd`, `${"x-".repeat(14)}x`])(
  "the id of %s is one that IAM takes",
  (name) => {
    expect(accountIdOf({ ...component, name })).toMatch(/^[a-z](?:[-a-z0-9]{4,28}[a-z0-9])$/);
  },
);

test("equal components have equal ids, and no two others have the same", () => {
  expect(accountIdOf({ ...component })).toBe(accountIdOf(component));
  const others = [
    { ...component, organization: "other" },
    { ...component, project: "other" },
    { ...component, stack: "other" },
    { ...component, type: "CloudRunRunner" },
    // Parts that would be equal if they were only put together.
    { ...component, project: "runnersp", stack: "roduction" },
  ];
  expect(new Set([component, ...others].map(accountIdOf)).size).toBe(others.length + 1);
});
