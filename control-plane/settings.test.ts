import type { Failure } from "@holdfast/foundation/failure.ts";
import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";

const refusal = (environment: Record<string, string>): Failure => {
  try {
    readSettings(environment);
  } catch (error) {
    return error as Failure;
  }
  throw new Error("nothing was refused");
};

test("without any setting the control plane is embedded and listens on this machine only", () => {
  expect(readSettings({ PATH: "/bin" })).toMatchObject({
    HOLDFAST_DATA_DIRECTORY: ".holdfast/control-plane",
    HOLDFAST_LISTEN_HOST: "127.0.0.1",
    HOLDFAST_TUNNEL_PORT: 8443,
    HOLDFAST_API_PORT: 8444,
    HOLDFAST_SERVER_NAMES: ["localhost", "127.0.0.1", "::1"],
    HOLDFAST_TRUST_DOMAIN: "holdfast.internal",
    HOLDFAST_CERTIFICATE_LIFETIME_DAYS: 90,
  });
});

test("a name of ours that is none is refused, because a typing error is the usual mistake", () => {
  const { code, fields } = refusal({ HOLDFAST_DRIAN_SECONDS: "5" });
  expect(code).toBe("settings.invalid");
  expect(fields.map(({ field }) => field)).toEqual(["HOLDFAST_DRIAN_SECONDS"]);
});

test("everything that is wrong is told at once, and no value is repeated", () => {
  const failure = refusal({
    HOLDFAST_API_PORT: "70000",
    HOLDFAST_TRUST_DOMAIN: "Hunter 2",
    HOLDFAST_CERTIFICATE_LIFETIME_DAYS: "0",
    HOLDFAST_TUNNEL_ENDPOINT: "hunter2",
  });
  expect(failure.fields.map(({ field }) => field).sort()).toEqual([
    "HOLDFAST_API_PORT",
    "HOLDFAST_CERTIFICATE_LIFETIME_DAYS",
    "HOLDFAST_TRUST_DOMAIN",
    "HOLDFAST_TUNNEL_ENDPOINT",
  ]);
  expect(JSON.stringify([failure.message, failure.fields])).not.toMatch(/hunter ?2/i);
});

test("server names are separated by commas, with or without spaces", () => {
  const { HOLDFAST_SERVER_NAMES: names } = readSettings({
    HOLDFAST_SERVER_NAMES: " holdfast.example , 10.0.0.1,",
  });
  expect(names).toEqual(["holdfast.example", "10.0.0.1"]);
});
