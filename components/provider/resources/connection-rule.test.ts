import { expect, test } from "vitest";
import { type PropertyMap, unknown } from "../property-value.ts";
import { checkConnection } from "./connection-rule.ts";

const fields = (inputs: PropertyMap) => checkConnection(inputs).map(({ field }) => field);

test.each<[string, PropertyMap, readonly string[]]>([
  ["delegated cluster", { provider: "kubernetes", mode: "runner-delegated" }, []],
  ["inline without credentials", { provider: "aws", mode: "inline" }, ["inlineCredentials"]],
  [
    "delegated with credentials",
    { provider: "aws", mode: "runner-delegated", inlineCredentials: "x" },
    ["inlineCredentials"],
  ],
  [
    "trust without a role",
    { provider: "aws", mode: "cross-account-trust", settings: { aws: { region: "x" } } },
    ["settings.aws.roleArn", "settings.aws.externalId"],
  ],
  [
    "a role without trust",
    { provider: "aws", mode: "runner-delegated", settings: { aws: { roleArn: "x" } } },
    ["settings.aws.roleArn"],
  ],
  [
    "settings of another provider",
    { provider: "gcp", mode: "runner-delegated", settings: { aws: {} } },
    ["settings.aws"],
  ],
  [
    "a backend without a URL",
    { provider: "pulumi", mode: "runner-delegated" },
    ["settings.pulumiBackend.backendUrl"],
  ],
  [
    "a backend inline",
    {
      provider: "pulumi",
      mode: "inline",
      inlineCredentials: "x",
      settings: { pulumiBackend: { backendUrl: "x" } },
    },
    ["mode"],
  ],
  ["a provider not known yet", { provider: unknown, mode: "inline" }, []],
  [
    "settings not known yet",
    { provider: "aws", mode: "cross-account-trust", settings: unknown },
    [],
  ],
  [
    "a block not known yet",
    { provider: "aws", mode: "cross-account-trust", settings: { aws: unknown } },
    [],
  ],
])("what is wrong with a connection is told by its path: %s", (_, inputs, expected) => {
  expect(fields(inputs)).toEqual(expected);
});
