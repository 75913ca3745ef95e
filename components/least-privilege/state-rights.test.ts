import { expect, test } from "vitest";
import { keyPrefix, partsWith } from "./state-rights.ts";

test("a prefix ends with one slash and begins with none, as Pulumi makes it", () => {
  expect(keyPrefix(undefined)).toBe("");
  expect(keyPrefix("")).toBe("");
  expect(keyPrefix("/")).toBe("");
  expect(keyPrefix("team/a")).toBe("team/a/");
  expect(keyPrefix("//team/a/")).toBe("team/a/");
  expect(() => keyPrefix("a'b")).toThrow(RangeError);
});

test("parts of several operations are those of each", () => {
  expect(partsWith(["pulumi.cancel"], "write")).toEqual([]);
  expect(partsWith(["pulumi.cancel", "pulumi.preview"], "delete")).toEqual(["stacks", "locks"]);
  expect(partsWith(["kubernetes.pods.list"], "read")).toEqual([]);
});
