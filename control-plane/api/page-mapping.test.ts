import { create } from "@bufbuild/protobuf";
import { PageRequestSchema } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { momentOf, momentOrNone, pageQueryOf, pageResponseOf } from "./page-mapping.ts";

const request = (size: number, token = "") => create(PageRequestSchema, { size, token });

test("without a size a page has 50 entries, and without a token it is the first", () => {
  expect(pageQueryOf(undefined)).toEqual({ size: 50, after: undefined });
  expect(pageQueryOf(request(0))).toEqual({ size: 50, after: undefined });
  expect(pageQueryOf(request(1))).toEqual({ size: 1, after: undefined });
});

test("a page has at most 500 entries", () => {
  expect(pageQueryOf(request(500)).size).toBe(500);
  expect(() => pageQueryOf(request(501))).toThrow("too large");
});

test("the token of a page leads to where it ended, whatever the sort key", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "binary" }), (key) => {
      // Half a surrogate pair has no form in UTF-8, and no sort key has one.
      fc.pre(key.isWellFormed());
      const { nextToken } = pageResponseOf({ entries: [], next: key });
      expect(pageQueryOf(request(10, nextToken)).after).toBe(key);
    }),
  );
});

test("the last page has no token", () => {
  expect(pageResponseOf({ entries: [], next: undefined })).toEqual({ nextToken: "" });
});

test.each(["=", "a", "%%%", "YWJj=", "YW Jj"])(
  "a token that is not one of ours is refused: %s",
  (token) => {
    expect(() => pageQueryOf(request(10, token))).toThrow("not one of ours");
  },
);

test("a moment that has not come is left out", () => {
  expect(momentOrNone("revokedAt", undefined)).toEqual({});
  expect(momentOrNone("revokedAt", 1_500)).toEqual({ revokedAt: momentOf(1_500) });
  expect(momentOf(1_500)).toMatchObject({ seconds: 1n, nanos: 500_000_000 });
});
