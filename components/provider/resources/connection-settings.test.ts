import { expect, test } from "vitest";
import { readSettings, writeSettings } from "./connection-settings.ts";

test("settings that are written for the control plane are read back as they were", () => {
  const settings = {
    pulumiBackend: {
      backendUrl: "s3://bucket",
      passphrase: { secret: "passphrase", version: 2 },
      environment: { AWS_REGION: { variable: "region" }, MODE: { literal: "x" } },
    },
  };
  expect(readSettings(writeSettings(settings))).toEqual(settings);
  const aws = { aws: { region: "eu-central-1", accountId: "123456789012" } };
  expect(readSettings(writeSettings(aws))).toEqual(aws);
});

test("settings that say nothing are none", () => {
  expect(readSettings(writeSettings({ kubernetes: {}, aws: { region: "" } }))).toEqual({});
  expect(readSettings(undefined)).toEqual({});
});
