import { expect, test } from "vitest";
import { oldestMinor, protocolVersion } from "../version.ts";
import { negotiateVersion, understandsDrain } from "./negotiate-version.ts";

const { major, minor } = protocolVersion;

test.each([
  ["the same version", { major, minor }, { major, minor }],
  ["one minor version older", { major, minor: minor - 1 }, { major, minor: minor - 1 }],
  ["one minor version newer", { major, minor: minor + 1 }, { major, minor }],
  ["the oldest", { major, minor: oldestMinor }, { major, minor: oldestMinor }],
  ["another major version", { major: major + 1, minor }, undefined],
  ["an older major version", { major: major - 1, minor }, undefined],
  ["none", undefined, undefined],
])("with a peer of %s the lower minor holds, or none", (_what, theirs, expected) => {
  expect(negotiateVersion(theirs)).toEqual(expected);
});

test("drain frames are for peers from 1.1 on", () => {
  expect(understandsDrain({ major: 1, minor: 0 })).toBe(false);
  expect(understandsDrain({ major: 1, minor: 1 })).toBe(true);
});
