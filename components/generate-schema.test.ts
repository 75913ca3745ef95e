import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { z } from "zod";
import { generateSchema } from "./generate-schema.ts";
import {
  ApiKey,
  Connection,
  Organization,
  Runner,
  RunnerCredentials,
  Secret,
  ServiceAccount,
  Variable,
} from "./index.ts";
import { providerVersion } from "./version.ts";

const textOf = (name: string) =>
  readFileSync(fileURLToPath(new URL(name, import.meta.url)), "utf8");

const schema = z
  .object({
    version: z.string(),
    resources: z.record(z.string(), z.object({ properties: z.record(z.string(), z.unknown()) })),
  })
  .parse(JSON.parse(generateSchema()));

test("components/schema.json is what the descriptions of the properties say now", () => {
  expect(textOf("./schema.json")).toBe(generateSchema());
});

test("the provider has the version of its package", () => {
  const { version } = z.object({ version: z.string() }).parse(JSON.parse(textOf("./package.json")));
  expect([providerVersion, schema.version]).toEqual([version, version]);
});

test("each resource of the schema has a class, with a property for each of its properties", async () => {
  await pulumi.runtime.setMocks({
    newResource: () => ({ id: "id", state: {} }),
    call: () => ({}),
  });
  const classes = [
    ApiKey,
    Connection,
    Organization,
    Runner,
    RunnerCredentials,
    Secret,
    ServiceAccount,
    Variable,
  ];
  expect(classes.map(({ name }) => `holdfast:index:${name}`).sort()).toEqual(
    Object.keys(schema.resources).sort(),
  );
  for (const each of classes) {
    const properties = schema.resources[`holdfast:index:${each.name}`]?.properties ?? {};
    // Each class gets all inputs of the schema: what it passes on becomes a property of its own.
    const given = Object.fromEntries(Object.keys(properties).map((name) => [name, "x"]));
    const resource = Reflect.construct(each, ["name", given]) as object;
    expect(Object.keys(resource)).toEqual(expect.arrayContaining(Object.keys(properties)));
  }
});
