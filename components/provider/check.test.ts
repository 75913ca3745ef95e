import { inspect } from "node:util";
import { Secret } from "@holdfast/foundation/secret.ts";
import { expect, test } from "vitest";
import { checkProperties } from "./check.ts";
import type { Properties } from "./property.ts";
import { unknown } from "./property-value.ts";

const properties: Properties = {
  name: {
    type: "string",
    description: "",
    required: true,
    rule: (v) => (v === "x" ? "no" : undefined),
  },
  color: { type: "string", description: "", values: ["red", "blue"], default: "red" },
  size: { type: "integer", description: "", min: 1, max: 3 },
  on: { type: "boolean", description: "" },
  password: { type: "string", description: "", secret: true },
  nested: {
    type: "object",
    name: "Nested",
    description: "",
    properties: { inner: { type: "string", description: "", required: true } },
    rule: (value) => (value["inner"] === "bad" ? "is bad" : undefined),
  },
  labels: { type: "map", description: "", values: { type: "string", description: "" } },
};

test("inputs that are right pass, with defaults filled in and secrets marked", () => {
  const { inputs, problems } = checkProperties(properties, {
    name: "a",
    password: "canary",
    size: 2,
    on: true,
    nested: { inner: "i" },
    labels: { a: "b" },
  });
  expect(problems).toEqual([]);
  expect(inputs).toMatchObject({ name: "a", color: "red" });
  expect(inputs["password"]).toBeInstanceOf(Secret);
});

test("everything that is wrong is told at once, each by its path, and no value is repeated", () => {
  const { problems } = checkProperties(properties, {
    color: "canary",
    size: 9,
    on: "canary",
    password: 7,
    nested: { other: "canary" },
    labels: { "a b": 1 },
    stranger: "canary",
  });
  expect(problems.map(({ field }) => field).sort()).toEqual([
    "color",
    'labels["a b"]',
    "name",
    "nested.inner",
    "nested.other",
    "on",
    "password",
    "size",
    "stranger",
  ]);
  expect(inspect(problems)).not.toContain("canary");
});

test("what is not known yet passes, at any depth and also as a secret", () => {
  const { problems } = checkProperties(properties, {
    name: unknown,
    size: unknown,
    password: new Secret(unknown),
    nested: { inner: unknown },
    labels: unknown,
  });
  expect(problems).toEqual([]);
});

test("null counts as not given", () => {
  expect(checkProperties(properties, { name: null }).problems).toEqual([
    { field: "name", problem: "must be given" },
  ]);
});

test("rules of a value and of an object as a whole are asked", () => {
  expect(checkProperties(properties, { name: "x", nested: { inner: "bad" } }).problems).toEqual([
    { field: "name", problem: "no" },
    { field: "nested", problem: "is bad" },
  ]);
});
