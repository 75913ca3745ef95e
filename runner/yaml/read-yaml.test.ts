import { expect, test } from "vitest";
import { readYaml } from "./read-yaml.ts";

test("a document is read as plain values", () => {
  expect(readYaml("a: 1\nb: [x, {c: true}]")).toEqual({ a: 1, b: ["x", { c: true }] });
});

test.each(["a: [", "a: 1\na: 2", "a: *nowhere", ""])(
  "what is not a document with content is told from one: %j",
  (text) => {
    expect(readYaml(text)).toBeUndefined();
  },
);

test("a small document cannot fill the memory by references to itself", () => {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg", "gh"].map((pair) => [...pair])) {
    lines.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(", ")}]`);
  }
  expect(readYaml(lines.join("\n"))).toBeUndefined();
});
