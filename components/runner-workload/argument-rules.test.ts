import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  cidrBlockRule,
  credentialsRule,
  imageRule,
  oneOfRule,
  patternRule,
  wholeNumberRule,
} from "./argument-rules.ts";

const digest = "a".repeat(64);

describe("an image", () => {
  const pinned = imageRule(false);

  test.each([
    `runner@sha256:${digest}`,
    `registry.example:5000/holdfast/runner@sha256:${digest}`,
    `registry.example/runner:1.2.3@sha256:${digest}`,
  ])("%s is pinned by digest", (image) => {
    expect(pinned(image)).toBeUndefined();
  });

  test.each([
    "runner",
    "runner:1.2.3",
    `runner@sha256:${digest.slice(1)}`,
    `runner@sha256:${digest}0`,
    `runner@sha256:${digest.toUpperCase()}`,
    `runner@sha512:${digest}`,
    `run ner@sha256:${digest}`,
    "",
  ])("%s is not", (image) => {
    expect(pinned(image)).toContain("must be pinned by digest");
  });

  test("a tag passes only where it was allowed", () => {
    expect(imageRule(true)("runner:1.2.3")).toBeUndefined();
    expect(imageRule(true)("run ner:1.2.3")).toBeDefined();
  });
});

test("a whole number passes exactly within its bounds", () => {
  const rule = wholeNumberRule(1, 100);
  expect([1, 100].map(rule)).toEqual([undefined, undefined]);
  for (const value of [0, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(rule(value)).toBe("must be a whole number from 1 to 100");
  }
});

test("one of some texts passes, and a message names them all", () => {
  const rule = oneOfRule(["debug", "info"]);
  expect(rule("info")).toBeUndefined();
  expect(rule("Info")).toBe("must be one of debug, info");
});

test("a pattern is described in words", () => {
  const rule = patternRule(/^[a-z]+$/, "small letters");
  expect(rule("abc")).toBeUndefined();
  expect(rule("aBc")).toBe("must be small letters");
});

describe("a network", () => {
  test("every IPv4 address with a prefix of 0 to 32 passes, and no longer prefix", () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 999 }), (address, prefix) => {
        expect(cidrBlockRule(`${address}/${prefix}`) === undefined).toBe(prefix <= 32);
      }),
    );
  });

  test.each(["fd00:ec2::23/128", "::/0"])("%s passes", (block) => {
    expect(cidrBlockRule(block)).toBeUndefined();
  });

  test.each([
    "",
    "10.0.0.0",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "10.0.0/8",
    "10.0.0.0/8/8",
    "::/129",
    "a/8",
  ])("%s does not", (block) => {
    expect(cidrBlockRule(block)).toContain("CIDR");
  });
});

describe("the text of a credentials file", () => {
  const file = { type: "holdfast_runner_credentials", privateKey: "canary-key" };

  test("passes with a private key in it", () => {
    expect(credentialsRule(JSON.stringify(file))).toBeUndefined();
  });

  test.each([
    ["no JSON", "canary-key"],
    ["no object", '["canary-key"]'],
    ["null", "null"],
    ["another file", JSON.stringify({ ...file, type: "canary-key" })],
    ["a file without its key", JSON.stringify({ ...file, privateKey: "" })],
    ["a file whose key is no text", JSON.stringify({ ...file, privateKey: 7 })],
  ])("%s is refused, and nothing of it is repeated", (_, text) => {
    const problem = credentialsRule(text);
    expect(problem).toMatch(/^must /);
    expect(problem).not.toContain("canary");
  });
});
