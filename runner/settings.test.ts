import { Failure } from "@holdfast/foundation/failure.ts";
import { expect, test } from "vitest";
import { readSettings } from "./settings.ts";
import { stateFolderOf } from "./state/state-folder-path.ts";

const machine = { temporaryFolder: "/tmp", userId: 65_532 };

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    readSettings(environment, machine);
  } catch (error) {
    if (error instanceof Failure && error.code === "settings.invalid") {
      return error.fields.map(({ field }) => field);
    }
    throw error;
  }
  return [];
}

test("a runner needs nothing but its credentials file", () => {
  const settings = readSettings({ HOLDFAST_CREDENTIALS_FILE: "/c/runner.json" }, machine);
  expect(settings).toMatchObject({
    credentials: { kind: "file", path: "/c/runner.json" },
    operationsMax: 32,
    drainMsMax: 25_000,
    logLevel: "info",
    pulumi: undefined,
    policy: { kind: "default" },
    offlineMsMax: undefined,
  });
});

test("all problems of the settings are named at once, and no value is repeated", () => {
  const environment = {
    HOLDFAST_CREDENTIALS: "canary",
    HOLDFAST_CREDENTIALS_FILE: "canary",
    HOLDFAST_OPERATIONS_MAX: "0",
    HOLDFAST_DRAIN_SECONDS: "canary",
    HOLDFAST_LOG_LEVEL: "canary",
    HOLDFAST_CREDENTIAL_FILE: "canary",
  };
  expect([...new Set(problemsOf(environment))].sort()).toEqual(
    Object.keys(environment)
      .filter((name) => name !== "HOLDFAST_CREDENTIALS")
      .sort(),
  );
  try {
    readSettings(environment, machine);
  } catch (error) {
    expect(JSON.stringify(error)).not.toContain("canary");
  }
});

test("credentials come from one place: a file or a variable, and not both", () => {
  expect(problemsOf({})).toEqual(["HOLDFAST_CREDENTIALS_FILE"]);
  expect(problemsOf({ HOLDFAST_CREDENTIALS: "{}" })).toEqual([]);
  expect(problemsOf({ HOLDFAST_CREDENTIALS: "{}", HOLDFAST_CREDENTIALS_FILE: "/c" })).toEqual([
    "HOLDFAST_CREDENTIALS_FILE",
  ]);
});

test("a policy comes from one place: a file, a variable, or the default", () => {
  const credentials = { HOLDFAST_CREDENTIALS_FILE: "/c" };
  const policyOf = (environment: Record<string, string>) =>
    readSettings({ ...credentials, ...environment }, machine).policy;
  expect(policyOf({ HOLDFAST_POLICY_FILE: "/p" })).toEqual({ kind: "file", path: "/p" });
  expect(policyOf({ HOLDFAST_POLICY: "version: 1" })).toEqual({
    kind: "environment",
    text: "version: 1",
  });
  expect(
    problemsOf({ ...credentials, HOLDFAST_POLICY: "version: 1", HOLDFAST_POLICY_FILE: "/p" }),
  ).toEqual(["HOLDFAST_POLICY"]);
  expect(problemsOf({ ...credentials, HOLDFAST_POLICY: "" })).toEqual(["HOLDFAST_POLICY"]);
});

test("the time after which an offline runner ends is never, or from a minute to a day", () => {
  const offlineOf = (seconds: string) =>
    readSettings(
      { HOLDFAST_CREDENTIALS_FILE: "/c", HOLDFAST_OFFLINE_EXIT_SECONDS: seconds },
      machine,
    ).offlineMsMax;
  expect(offlineOf("0")).toBeUndefined();
  expect(offlineOf("60")).toBe(60_000);
  expect(offlineOf("86400")).toBe(86_400_000);
  for (const seconds of ["1", "59", "86401", "-1", "soon"]) {
    expect(() => offlineOf(seconds)).toThrow(Failure);
  }
});

test("credentials in the environment cannot be printed", () => {
  const settings = readSettings({ HOLDFAST_CREDENTIALS: '{"canary":1}' }, machine);
  expect(JSON.stringify(settings)).not.toContain("canary");
});

test("variables by which Kubernetes tells a pod of Services are not taken for settings", () => {
  expect(
    problemsOf({
      HOLDFAST_CREDENTIALS_FILE: "/c",
      HOLDFAST_CONTROL_PLANE_SERVICE_HOST: "10.0.0.1",
      HOLDFAST_CONTROL_PLANE_SERVICE_PORT_TUNNEL: "8443",
      HOLDFAST_CONTROL_PLANE_PORT: "tcp://10.0.0.1:8443",
      HOLDFAST_CONTROL_PLANE_PORT_8443_TCP_ADDR: "10.0.0.1",
    }),
  ).toEqual([]);
});

test("runners with different credentials files have different folders, and health finds its own", () => {
  const one = stateFolderOf({ HOLDFAST_CREDENTIALS_FILE: "/c/one" }, machine);
  const other = stateFolderOf({ HOLDFAST_CREDENTIALS_FILE: "/c/other" }, machine);
  expect(one).toMatch(/^\/tmp\/holdfast-runner-65532-[0-9a-f]{12}$/);
  expect(one).not.toBe(other);
  expect(stateFolderOf({ HOLDFAST_STATE_DIR: "/s" }, machine)).toBe("/s");
});
