import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { problemsOf, settingsOf } from "../../test/support/argument-problems.ts";
import type { CloudRunRunnerArgs } from "./cloud-run-runner-args.ts";
import { readCloudRunSettings } from "./cloud-run-settings.ts";

const given: CloudRunRunnerArgs = {
  image: `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`,
  location: "europe-west1",
  network: "runners",
  credentials: JSON.stringify({ type: "holdfast_runner_credentials", privateKey: "canary" }),
};

/** What is wrong, as `PATH REASON`. */
function problems(changes: Partial<CloudRunRunnerArgs>, name = "production"): readonly string[] {
  return problemsOf((check) => readCloudRunSettings(name, { ...given, ...changes }, check));
}

test("what is needed is enough, and everything else has a safe default", () => {
  const settings = settingsOf((check) => readCloudRunSettings("production", given, check));
  expect(settings).toMatchObject({
    secretLocations: ["europe-west1"],
    deletionProtection: false,
    binaryAuthorization: false,
    network: { network: "runners", firewallPriority: 100 },
    runner: { replicas: 2, terminationGraceSeconds: 10, egress: { ports: [443, 8443, 8444] } },
  });
});

test("all problems are told at once, each with its property", () => {
  const wrong = problems(
    {
      image: "registry.example/runner:latest",
      location: "Europe",
      project: "A",
      serviceAccountEmail: "someone@example.com",
      existingSecretVersion: "latest",
      secretLocations: [],
      kmsKeyName: "key",
      networkProject: "B",
      firewallPriority: 65_534,
      cpuMillicores: 250,
      terminationGraceSeconds: 60,
      tags: { Team: "platform", ok: "Not Ok" },
    },
    "Production",
  );
  expect(wrong.map((problem) => problem.split(" ")[0])).toEqual([
    "name",
    "terminationGraceSeconds",
    "image",
    "location",
    "tags.Team",
    "tags.ok",
    "cpuMillicores",
    "project",
    "serviceAccountEmail",
    "existingSecretId",
    "secretLocations",
    "kmsKeyName",
    "networkProject",
    "firewallPriority",
  ]);
  expect(wrong.join()).not.toContain("canary");
});

test("egress is narrowed on a network, or the difference is said", () => {
  const { network: _, ...others } = given;
  const without = (changes: Partial<CloudRunRunnerArgs>): readonly string[] =>
    problems({ ...others, ...changes, network: undefined });
  expect(without({})).toEqual([expect.stringContaining("network must be given")]);
  expect(without({ unsafeUnrestrictedEgress: true })).toEqual([]);
  expect(without({ unsafeUnrestrictedEgress: true, subnetwork: "runners" })).toEqual([
    "subnetwork must be left out without network",
  ]);
  expect(problems({ unsafeUnrestrictedEgress: true })).toEqual([]);
});

test("a secret that exists takes a version by its number, and nothing that can change by itself", () => {
  const { credentials: _, ...others } = given;
  const byReference = (existingSecretId?: string, existingSecretVersion?: string) =>
    problems({ ...others, credentials: undefined, existingSecretId, existingSecretVersion });
  expect(byReference("runner", "7")).toEqual([]);
  expect(byReference("projects/acme/secrets/runner", "1")).toEqual([]);
  expect(byReference("runner", "latest")).toHaveLength(1);
  expect(byReference("runner", "0")).toHaveLength(1);
  expect(byReference("runner")).toEqual([
    expect.stringContaining("existingSecretVersion must be given"),
  ]);
  expect(problems({ existingSecretId: "runner", existingSecretVersion: "1" })).toEqual([
    expect.stringContaining("given: both"),
  ]);
});

test("one key encrypts a secret in one region only", () => {
  const kmsKeyName = "projects/p/locations/europe-west1/keyRings/r/cryptoKeys/k";
  expect(problems({ kmsKeyName })).toEqual([]);
  expect(problems({ kmsKeyName, secretLocations: ["europe-west1", "europe-west4"] })).toEqual([
    expect.stringContaining("secretLocations must be one region"),
  ]);
});

test("a capacity that is not known yet is not guessed at", () => {
  const unknown = new Promise<number>(() => undefined);
  expect(problems({ cpuMillicores: pulumi.output(unknown) })).toEqual([]);
});
