import { expect, test } from "vitest";
import { parseAssignments, parseReference } from "./reference.ts";

test("a reference names a secret, a variable or a literal", () => {
  expect(parseReference("secret:db-password", "--env")).toEqual({
    source: { case: "secret", value: "db-password" },
    version: 0,
  });
  expect(parseReference("variable:region@3", "--env")).toEqual({
    source: { case: "variable", value: "region" },
    version: 3,
  });
  expect(parseReference("literal:secret:x", "--env")).toEqual({
    source: { case: "literal", value: "secret:x" },
  });
  expect(parseReference("plain: text", "--env")).toEqual({
    source: { case: "literal", value: "plain: text" },
  });
});

test.each(["secret:", "secret:@2", "variable:x@latest"])("%j is no reference", (text) => {
  expect(() => parseReference(text, "--env")).toThrow("A reference of --env reads");
});

test("an assignment keeps every sign of equality but the first", () => {
  expect(parseAssignments(["a=b=c", "d="], "--config")).toEqual([
    ["a", "b=c"],
    ["d", ""],
  ]);
});

test("an assignment without a key is refused without repeating it", () => {
  expect(() => parseAssignments(["=hunter2"], "--config")).toThrow(
    /^The option --config takes key=value\.$/,
  );
});
