import { describe, expect, test } from "vitest";
import { problemsOf, settingsOf } from "../../test/support/argument-problems.ts";
import type { ContainerAppsRunnerArgs } from "./container-apps-runner-args.ts";
import { readContainerAppsSettings } from "./container-apps-settings.ts";

const group = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/shared/providers";
const environmentId = `${group}/Microsoft.App/managedEnvironments/env`;
const subnetId = `${group}/Microsoft.Network/virtualNetworks/vnet/subnets/apps`;
const uri = `https://shared-vault.vault.azure.net/secrets/runner/${"a".repeat(32)}`;
const credentials = JSON.stringify({
  type: "holdfast_runner_credentials",
  privateKey: "canary-key",
});

const required = {
  resourceGroupName: "runners",
  image: `registry.example/runner@sha256:${"a".repeat(64)}`,
};

const network = { virtualNetworkName: "vnet", subnetCidrBlock: "10.1.0.0/27" } as const;

const inEnvironment = {
  environmentId,
  environmentNarrowsEgress: true,
  vaultSubnetIds: [subnetId],
};

function read(args: Partial<ContainerAppsRunnerArgs>) {
  return settingsOf((check) => readContainerAppsSettings("prod", { ...required, ...args }, check));
}

function problems(args: Partial<ContainerAppsRunnerArgs>, name = "prod"): readonly string[] {
  return problemsOf((check) => readContainerAppsSettings(name, { ...required, ...args }, check));
}

describe("the environment", () => {
  test("is one that exists or one that is made, and never both or neither", () => {
    expect(problems({ credentials, network })).toEqual([]);
    expect(problems({ credentials, ...inEnvironment })).toEqual([]);
    expect(problems({ credentials, ...inEnvironment, network })).toEqual([
      "network must be given, or else environmentId; given: both",
    ]);
    expect(problems({ credentials, unsafeVaultAnyNetwork: true })).toEqual([
      "network must be given, or else environmentId; given: neither",
    ]);
  });

  test("that exists is said to narrow egress, or the user says that nothing does", () => {
    const narrows = /^environmentNarrowsEgress must be true with environmentId/;
    const { environmentNarrowsEgress, ...silent } = inEnvironment;
    expect(environmentNarrowsEgress).toBe(true);
    expect(problems({ credentials, ...silent })).toEqual([expect.stringMatching(narrows)]);
    expect(problems({ credentials, ...silent, unsafeUnrestrictedEgress: true })).toEqual([]);
    expect(problems({ credentials, ...inEnvironment, unsafeUnrestrictedEgress: true })).toEqual([
      expect.stringMatching(narrows),
    ]);
    expect(problems({ credentials, ...inEnvironment, egressPorts: [443] })).toEqual([
      "egressPorts must be left out with environmentId: only the network of an environment narrows the egress of its apps",
    ]);
    expect(problems({ credentials, network, environmentNarrowsEgress: true })).toEqual([
      "environmentNarrowsEgress must be left out without environmentId",
    ]);
  });

  test("that is made has a subnet that is large enough", () => {
    const at = (subnetCidrBlock: string) =>
      problems({ credentials, network: { ...network, subnetCidrBlock } });
    expect(at("10.0.0.0/27")).toEqual([]);
    expect(at("10.0.0.0/23")).toEqual([]);
    expect(at("10.0.0.0/28")).toEqual([
      'network.subnetCidrBlock must be an IPv4 network of /27 or larger; given: "10.0.0.0/28"',
    ]);
    expect(at("fd00::/27")).toHaveLength(1);
    expect(at("10.0.0.0")).toHaveLength(1);
  });
});

describe("the credentials", () => {
  test("are in an entry that exists, a vault that exists, or a vault that is made", () => {
    expect(read({ credentials, network }).credentialsPlace).toEqual({
      kind: "own vault",
      subnetIds: [],
    });
    const { environmentId: id, environmentNarrowsEgress } = inEnvironment;
    const bare = { environmentId: id, environmentNarrowsEgress };
    expect(read({ credentials, ...bare, vaultName: "shared-vault" }).credentialsPlace).toEqual({
      kind: "existing vault",
      vaultName: "shared-vault",
      resourceGroupName: "runners",
    });
    expect(read({ existingSecretUri: uri, ...bare }).credentialsPlace).toEqual({
      kind: "existing entry",
      uri,
      scope: undefined,
    });
    expect(problems(bare)).toEqual([
      "credentials must be given, or else existingSecretUri; given: neither",
      "vaultSubnetIds must name the subnet of environmentId, which the Key Vault is to answer, or unsafeVaultAnyNetwork must be true; given: none",
    ]);
    expect(
      problems({ existingSecretUri: uri, ...inEnvironment, vaultName: "shared-vault" }),
    ).toEqual([
      "vaultName must be left out with existingSecretUri",
      "vaultSubnetIds must be left out with existingSecretUri",
    ]);
    expect(
      problems({ credentials, network, existingSecretScope: group, vaultResourceGroupName: "x" }),
    ).toEqual([
      "existingSecretScope must be left out without existingSecretUri",
      "vaultResourceGroupName must be left out without vaultName",
    ]);
  });

  test("that exist are named with their version", () => {
    const at = (existingSecretUri: string) => problems({ existingSecretUri, network });
    expect(at(uri)).toEqual([]);
    for (const wrong of [uri.slice(0, -33), uri.slice(0, -1), `${uri}0`, uri.replace("s:", ":")]) {
      expect(at(wrong)).toEqual([
        expect.stringMatching(/^existingSecretUri must be the URI of a Key Vault entry/),
      ]);
    }
  });

  test("may be in a vault that any network reaches only if the user says so", () => {
    const { vaultSubnetIds, ...silent } = inEnvironment;
    expect(problems({ credentials, ...silent })).toHaveLength(1);
    expect(problems({ credentials, ...silent, unsafeVaultAnyNetwork: true })).toEqual([]);
    expect(
      problems({ credentials, ...silent, vaultSubnetIds, unsafeVaultAnyNetwork: true }),
    ).toEqual(["unsafeVaultAnyNetwork must not be true together with vaultSubnetIds"]);
    expect(problems({ credentials, ...silent, vaultSubnetIds: ["apps"] })).toEqual([
      expect.stringMatching(/^vaultSubnetIds\[0\] must be the resource id of a subnet/),
    ]);
  });
});

test("names fit what Azure appends to them", () => {
  expect(problems({ credentials, network }, "a".repeat(20))).toEqual([]);
  expect(problems({ credentials, network }, "a".repeat(21))).toEqual([
    expect.stringMatching(/^containerAppName must be given, because NAME-app and 8 digits/),
  ]);
  const containerAppName = "b".repeat(32);
  expect(problems({ credentials, network, containerAppName }, "a".repeat(60))).toEqual([]);
  expect(problems({ credentials, network, containerAppName: `${containerAppName}b` })).toEqual([
    expect.stringMatching(/^containerAppName must be 2 to 32/),
  ]);
  for (const name of ["Prod", "1prod", "prod-", "pr--od", "pr_od"]) {
    expect(problems({ credentials, network }, name)).toEqual([
      expect.stringMatching(/^name must be up to 60 lower-case letters/),
    ]);
  }
});

test("bounds of the grace and of the wait are both in force", () => {
  expect(problems({ credentials, network, terminationGraceSeconds: 600 })).toEqual([]);
  expect(problems({ credentials, network, terminationGraceSeconds: 601 })).toHaveLength(1);
  expect(problems({ credentials, network, accessWaitSecondsMax: 0 })).toEqual([]);
  expect(problems({ credentials, network, accessWaitSecondsMax: 3_600 })).toEqual([]);
  expect(problems({ credentials, network, accessWaitSecondsMax: -1 })).toHaveLength(1);
  expect(problems({ credentials, network, accessWaitSecondsMax: 3_601 })).toHaveLength(1);
});

test("registry, identity and environment are judged together with everything else", () => {
  const found = problems({
    credentials,
    network,
    registryId: "example",
    environment: { AZURE_CLIENT_ID: "x" },
    existingRuntimeIdentity: { id: "runtime", clientId: "x", principalId: "y" },
  });
  expect(found.map((problem) => problem.split(" ")[0])).toEqual([
    "environment.AZURE_CLIENT_ID",
    "registryServer",
    "registryId",
    "existingRuntimeIdentity.id",
    "existingRuntimeIdentity.clientId",
    "existingRuntimeIdentity.principalId",
  ]);
  expect(found.join()).not.toContain("canary");
});
