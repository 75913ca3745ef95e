import { expect, test } from "vitest";
import { IgnoreRules } from "./ignore-rules.ts";

const rules = new IgnoreRules(
  [
    "# a comment",
    "",
    "*.log",
    "!keep.log",
    "build/",
    "/dist",
    "docs/**/*.pdf",
    "a?c",
    "x\\*y",
  ].join("\n"),
);

test.each([
  ["debug.log", false, true],
  ["deep/down/debug.log", false, true],
  ["keep.log", false, false],
  ["build", true, true],
  ["build", false, false],
  ["src/build", true, true],
  ["dist", true, true],
  ["src/dist", true, false],
  ["docs/a/b/c.pdf", false, true],
  ["docs/c.pdf", false, true],
  ["c.pdf", false, false],
  ["abc", false, true],
  ["a/c", false, false],
  ["x*y", false, true],
  ["xzy", false, false],
  ["index.ts", false, false],
])("%s (folder: %s) is left out: %s", (path, isFolder, expected) => {
  expect(rules.isIgnored(path, isFolder)).toBe(expected);
});
