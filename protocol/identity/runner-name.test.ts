import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { TestRandom } from "../../test/support/test-random.ts";
import { formatRunnerName, parseRunnerName } from "./runner-name.ts";

const name = {
  trustDomain: "holdfast.internal",
  organizationId: makeIdentifier("org", new TestRandom("a")),
  runnerId: makeIdentifier("run", new TestRandom("b")),
};

test("a name that was formatted is read back as it was", () => {
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const random = new TestRandom(seed);
      const each = {
        ...name,
        organizationId: makeIdentifier("org", random),
        runnerId: makeIdentifier("run", random),
      };
      expect(parseRunnerName(formatRunnerName(each))).toEqual(each);
    }),
  );
});

test.each([
  ["another scheme", formatRunnerName(name).replace("spiffe", "https")],
  ["another case", formatRunnerName(name).replace("holdfast", "Holdfast")],
  ["a trailing slash", `${formatRunnerName(name)}/`],
  ["a query", `${formatRunnerName(name)}?x=1`],
  ["a port", formatRunnerName(name).replace("internal", "internal:1")],
  ["an encoded character", formatRunnerName(name).replace("runner/", "runner/%72")],
  [
    "an organization without its prefix",
    formatRunnerName({ ...name, organizationId: name.runnerId }),
  ],
  ["a runner of the wrong length", formatRunnerName({ ...name, runnerId: `${name.runnerId}x` })],
  ["a second path", `${formatRunnerName(name)}/runner/x`],
  ["a newline", `${formatRunnerName(name)}\n`],
  ["nothing", ""],
])("%s is not a runner's name", (_, uri) => {
  expect(parseRunnerName(uri)).toBeUndefined();
});

test("no text but the formatted one is read as a name", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const read = parseRunnerName(text);
      expect(read === undefined || formatRunnerName(read) === text).toBe(true);
    }),
  );
});
