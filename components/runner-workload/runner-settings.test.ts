import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { problemsOf, settingsOf } from "../../test/support/argument-problems.ts";
import type { ArgumentCheck } from "./argument-check.ts";
import { readRunnerSettings } from "./runner-settings.ts";
import type { RunnerWorkloadArgs } from "./runner-workload-args.ts";

const image = `registry.example/runner@sha256:${"a".repeat(64)}`;
const credentials = JSON.stringify({
  type: "holdfast_runner_credentials",
  privateKey: "canary-key",
  apiKey: "canary-api-key",
});

function reading(args: Partial<RunnerWorkloadArgs>, existing?: string, graceMax?: number) {
  return (check: ArgumentCheck) =>
    readRunnerSettings(
      { image, ...(existing === undefined ? { credentials } : {}), ...args },
      {
        existingEntry: { path: "existingSecretArn", value: existing },
        ...(graceMax === undefined ? {} : { terminationGraceSecondsMax: graceMax }),
      },
      check,
    );
}

function read(args: Partial<RunnerWorkloadArgs> = {}, existing?: string, graceMax?: number) {
  return settingsOf(reading(args, existing, graceMax));
}

function problems(args: Partial<RunnerWorkloadArgs>, existing?: string): readonly string[] {
  return problemsOf(reading(args, existing));
}

async function resolved<T>(input: pulumi.Input<T>): Promise<unknown> {
  const output = pulumi.output(input);
  return await new Promise((resolve) => {
    output.apply(resolve);
  });
}

test("the defaults are the safe ones", async () => {
  const settings = read();
  expect(await resolved(settings.replicas)).toBe(2);
  expect(settings.egress).toEqual({ ports: [443, 8443, 8444], cidrBlocks: ["0.0.0.0/0"] });
  expect(await resolved(settings.environment)).toEqual({
    HOLDFAST_DRAIN_SECONDS: "30",
    HOLDFAST_LOG_LEVEL: "info",
    HOLDFAST_OPERATIONS_MAX: "32",
  });
});

test("a policy and further variables go into the environment, in the order of their names", async () => {
  const settings = read({ policy: "version: 1\n", environment: { ZONE: "a", AREA: "b" } });
  expect(Object.keys(settings.environment)).toEqual([
    "AREA",
    "HOLDFAST_DRAIN_SECONDS",
    "HOLDFAST_LOG_LEVEL",
    "HOLDFAST_OPERATIONS_MAX",
    "HOLDFAST_POLICY",
    "ZONE",
  ]);
  expect(await resolved(settings.environment["HOLDFAST_POLICY"])).toBe("version: 1\n");
});

test("every problem is told at once", () => {
  const found = problems({
    image: "runner:latest",
    credentials: "canary",
    replicas: 0,
    cpuMillicores: 1,
    memoryMebibytes: 1,
    logLevel: "trace" as never,
    operationsMax: 1_001,
    terminationGraceSeconds: 14,
    egressPorts: [0],
    egressCidrBlocks: ["anywhere"],
    environment: { HOLDFAST_LOG_LEVEL: "debug", "A-B": "c" },
  });
  expect(found.map((problem) => problem.split(" ")[0])).toEqual([
    "terminationGraceSeconds",
    "credentials",
    "image",
    "replicas",
    "cpuMillicores",
    "memoryMebibytes",
    "environment.HOLDFAST_LOG_LEVEL",
    "environment.A-B",
    "logLevel",
    "operationsMax",
    "egressPorts[0]",
    "egressCidrBlocks[0]",
  ]);
  expect(found.join()).not.toContain("canary");
});

describe("credentials come by value or by reference, and never both", () => {
  test("both are refused", () => {
    expect(problems({ credentials }, "arn:aws:secret")).toEqual([
      "credentials must be given, or else existingSecretArn; given: both",
    ]);
  });

  test("neither is refused", () => {
    expect(problems({ credentials: undefined })).toEqual([
      "credentials must be given, or else existingSecretArn; given: neither",
    ]);
  });

  test("by value they stay a secret, and their fingerprint is none", async () => {
    const settings = read();
    expect(await pulumi.isSecret(settings.credentials ?? pulumi.output(""))).toBe(true);
    expect(await pulumi.isSecret(settings.credentialsFingerprint)).toBe(false);
    expect(await resolved(settings.credentialsFingerprint)).toMatch(/^[0-9a-f]{16}$/);
  });

  test("by reference the token stands for what the stack does not see", async () => {
    expect(await resolved(read({}, "arn").credentialsFingerprint)).toBe("unmanaged");
    const token = read({ rolloutToken: "2026-11" }, "arn");
    expect(await resolved(token.credentialsFingerprint)).toBe("2026-11");
    expect(token.credentials).toBeUndefined();
  });

  test("another content, and another token, give another fingerprint; the same ones the same", async () => {
    const other = credentials.replace("canary-key", "another");
    const fingerprints = await Promise.all(
      [read(), read(), read({ credentials: other }), read({ rolloutToken: "again" })].map(
        async (settings) => await resolved(settings.credentialsFingerprint),
      ),
    );
    expect(fingerprints[0]).toBe(fingerprints[1]);
    expect(new Set(fingerprints).size).toBe(3);
  });
});

describe("the grace", () => {
  test("is refused above the target's own limit, and its default is never above it", async () => {
    expect(await resolved(read({}, undefined, 10).terminationGraceSeconds)).toBe(10);
    expect(
      await resolved(read({ terminationGraceSeconds: 120 }, undefined, 120).environment),
    ).toEqual(expect.objectContaining({ HOLDFAST_DRAIN_SECONDS: "60" }));
    expect(() => read({ terminationGraceSeconds: 121 }, undefined, 120)).toThrow(
      "terminationGraceSeconds must be a whole number from 15 to 120; given: 121",
    );
  });
});

describe("egress", () => {
  test("is unrestricted only where it was written out, and then nothing narrows it", () => {
    expect(read({ unsafeUnrestrictedEgress: true }).egress).toBeUndefined();
    expect(problems({ unsafeUnrestrictedEgress: true, egressPorts: [443] })).toEqual([
      "unsafeUnrestrictedEgress must not be true together with egressPorts or egressCidrBlocks",
    ]);
  });

  test("names each port and network once, in order", () => {
    const { egress } = read({
      egressPorts: [8443, 443, 8443],
      egressCidrBlocks: ["10.0.0.0/8", "10.0.0.0/8"],
    });
    expect(egress).toEqual({ ports: [443, 8443], cidrBlocks: ["10.0.0.0/8"] });
  });

  test("a list that is an output is refused, with every other problem", () => {
    const later = pulumi.output([443]) as never;
    expect(problems({ egressPorts: later, egressCidrBlocks: later, replicas: 0 })).toHaveLength(3);
  });

  test("an empty list is refused: it would cut the runner off", () => {
    expect(problems({ egressPorts: [], egressCidrBlocks: [] })).toHaveLength(2);
  });
});

test("an output that is not known at preview is not guessed", async () => {
  const unknown = new Promise<string>(() => undefined);
  expect(() => read({ image: unknown })).not.toThrow();
  await Promise.resolve();
});
