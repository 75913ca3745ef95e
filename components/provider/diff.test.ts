import { inspect } from "node:util";
import { Secret } from "@holdfast/foundation/secret.ts";
import { expect, test } from "vitest";
import { diffProperties } from "./diff.ts";
import type { Properties } from "./property.ts";
import { type PropertyMap, unknown } from "./property-value.ts";

const properties: Properties = {
  name: { type: "string", description: "", replaces: true },
  value: { type: "string", description: "", secret: true },
};

const diff = (olds: PropertyMap, news: PropertyMap) => diffProperties(properties, olds, news);

test("the same inputs differ in nothing, secrets and nested objects included", () => {
  const inputs = () => ({
    name: "a",
    value: new Secret("s"),
    settings: { list: [1, { b: true }] },
  });
  expect(diff(inputs(), inputs())).toEqual([]);
});

test("each change is told by its path, and says whether it replaces", () => {
  const changes = diff(
    { name: "a", settings: { aws: { region: "x", gone: "y" }, map: { "A B": "1" } } },
    { name: "b", settings: { aws: { region: "z", come: "y" }, map: { "A B": "2" } } },
  );
  expect(changes).toEqual([
    { path: "name", property: "name", kind: "update", replaces: true },
    { path: "settings.aws.come", property: "settings", kind: "add", replaces: false },
    { path: "settings.aws.gone", property: "settings", kind: "delete", replaces: false },
    { path: "settings.aws.region", property: "settings", kind: "update", replaces: false },
    { path: 'settings.map["A B"]', property: "settings", kind: "update", replaces: false },
  ]);
});

test("a secret that changes is told without either value", () => {
  const changes = diff({ value: new Secret("canary-1") }, { value: new Secret("canary-2") });
  expect(changes.map(({ path }) => path)).toEqual(["value"]);
  expect(inspect(changes, { depth: 9 })).not.toContain("canary");
});

test("a value that becomes a secret is a change, so that the state encrypts it", () => {
  expect(diff({ value: "a" }, { value: new Secret("a") })).toHaveLength(1);
});

test("what is not known yet differs from everything", () => {
  expect(diff({ name: "a" }, { name: unknown })).toMatchObject([{ path: "name", replaces: true }]);
  expect(diff({ name: unknown }, { name: unknown })).toHaveLength(1);
});
