import { expect, test } from "vitest";
import { checkConfiguration } from "./check-configuration.ts";

const explicit = "urn:pulumi:dev::app::pulumi:providers:holdfast::control-plane";
const ambient = "urn:pulumi:dev::app::pulumi:providers:holdfast::default_0_1_0";
const fields = (urn: string, given: Record<string, string>, environment = {}) =>
  checkConfiguration(urn, given, environment).problems.map(({ field }) => field);

test("an endpoint and a key are enough, given here or by the environment", () => {
  expect(fields(explicit, { endpoint: "localhost:8444", apiKeyFile: "key" })).toEqual([]);
  const environment = { HOLDFAST_ENDPOINT: "[::1]:8444", HOLDFAST_API_KEY_FILE: "key" };
  expect(fields(explicit, {}, environment)).toEqual([]);
});

test("everything that is wrong is told at once", () => {
  expect(fields(explicit, {})).toEqual(["endpoint", "apiKeyFile"]);
  expect(
    fields(explicit, {
      endpoint: "https://localhost",
      apiKey: "x",
      apiKeyFile: "key",
      caCertificate: "x",
      caCertificateFile: "y",
    }),
  ).toEqual(["endpoint", "apiKey", "caCertificate", "apiKeyFile", "caCertificateFile"]);
});

test("a name that is none of ours is refused, but for a project's own settings at a default provider", () => {
  const given = { endpoint: "localhost:8444", apiKeyFile: "key", program: "local" };
  expect(fields(explicit, given)).toEqual(["program"]);
  expect(fields(ambient, given)).toEqual([]);
});
