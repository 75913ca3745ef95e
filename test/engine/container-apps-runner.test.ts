import { runnerContainerApps } from "@holdfast/stacks/runner-container-apps/runner-container-apps.ts";
import { Provider } from "@pulumi/azure-native/provider.js";
import type * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { ContainerAppsRunner } from "holdfast/container-apps-runner/container-apps-runner.ts";
import type { ContainerAppsRunnerArgs } from "holdfast/container-apps-runner/container-apps-runner-args.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { azureStandIn } from "../support/providers/azure.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { type Values, valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { stepTexts, textOutput } from "./engine-world.ts";
import { expectFirstUpdate, expectRotation, makeEnrolledWorld } from "./enrolled-stack-world.ts";
import { canaryCredentials, commonOutputs, doneIn, emptyStack } from "./runner-world.ts";

let standIns: StandIns;

beforeAll(async () => {
  // Container Apps does not see a new right twice, before it does.
  standIns = await startStandIns([azureStandIn({ blindReads: 2 }), randomStandIn(), tlsStandIn()]);
});

afterAll(async () => {
  await standIns.stop();
});

beforeEach(() => {
  standIns.forgetCalls();
});

const subscriptionId = "11111111-1111-1111-1111-111111111111";
const tenantId = "22222222-2222-2222-2222-222222222222";
const group = `/subscriptions/${subscriptionId}/resourceGroups/shared/providers`;
const image = `example.azurecr.io/holdfast/runner@sha256:${"0".repeat(64)}`;
const appToken = "azure-native:app:ContainerApp";
const entryToken = "azure-native:keyvault:Secret";

/** Everything that the component can make. */
const ownNetwork = {
  network: {
    virtualNetworkName: "vnet",
    subnetCidrBlock: "10.1.0.0/27",
    logWorkspaceId: `${group}/Microsoft.OperationalInsights/workspaces/logs`,
  },
  registryServer: "example.azurecr.io",
  registryId: `${group}/Microsoft.ContainerRegistry/registries/example`,
  tags: { team: "platform" },
} satisfies Partial<ContainerAppsRunnerArgs>;

/** Nothing that it need not make. */
const existing = {
  environmentId: `${group}/Microsoft.App/managedEnvironments/env`,
  environmentNarrowsEgress: true,
  existingRuntimeIdentity: {
    id: `${group}/Microsoft.ManagedIdentity/userAssignedIdentities/runtime`,
    clientId: "33333333-3333-3333-3333-333333333333",
    principalId: "44444444-4444-4444-4444-444444444444",
  },
} satisfies Partial<ContainerAppsRunnerArgs>;

function program(
  args: Partial<ContainerAppsRunnerArgs>,
  options: pulumi.ComponentResourceOptions = {},
): pulumi.automation.PulumiFn {
  return async () => {
    const azure = new Provider("azure", { subscriptionId, tenantId });
    const runner = new ContainerAppsRunner(
      "prod",
      { resourceGroupName: "runners", image, accessWaitSecondsMax: 60, ...args },
      { providers: [azure], ...options },
    );
    return commonOutputs(runner);
  };
}

function appNow(): Values {
  const app = standIns.objects.find(({ token }) => token === appToken);
  if (app === undefined) {
    throw new Error("there is no app");
  }
  return app.outputs;
}

/** What is left, without entries of vaults that are gone: a vault takes them along. */
function left(): readonly string[] {
  return standIns.objects
    .filter(
      ({ token, inputs }) =>
        token !== entryToken ||
        inputs["vaultName"] === "shared-vault" ||
        standIns.objects.some(({ outputs }) => outputs["name"] === inputs["vaultName"]),
    )
    .map(({ token }) => token);
}

test("a runner with a network and a vault of its own is made, changes its credentials by a new revision, and leaves nothing", async () => {
  const stack = await emptyStack(standIns);
  const unknown: pulumi.automation.PulumiFn = async () => {
    const id = new RandomId("later", { byteLength: 8 });
    return await program({
      ...ownNetwork,
      credentials: id.hex.apply(() => canaryCredentials(1)),
    })();
  };
  expect(await stack.preview(unknown)).toEqual({ create: 16 });
  expect(standIns.objects).toEqual([]);

  const made = await stack.up(program({ ...ownNetwork, credentials: canaryCredentials(1) }));
  expect((await stack.resources()).map(({ urn }) => urn.split("::").slice(2).join("::"))).toEqual([
    "holdfast:index:ContainerAppsRunner$azure-native:app:ContainerApp::prod-app",
    "holdfast:index:ContainerAppsRunner$azure-native:app:ManagedEnvironment::prod-environment",
    "holdfast:index:ContainerAppsRunner$azure-native:authorization:RoleAssignment::prod-pull-image",
    "holdfast:index:ContainerAppsRunner$azure-native:authorization:RoleAssignment::prod-read-credentials",
    "holdfast:index:ContainerAppsRunner$azure-native:keyvault:Secret::prod-credentials",
    "holdfast:index:ContainerAppsRunner$azure-native:keyvault:Vault::prod-vault",
    "holdfast:index:ContainerAppsRunner$azure-native:managedidentity:UserAssignedIdentity::prod-identity",
    "holdfast:index:ContainerAppsRunner$azure-native:managedidentity:UserAssignedIdentity::prod-platform-identity",
    "holdfast:index:ContainerAppsRunner$azure-native:monitor:DiagnosticSetting::prod-log",
    "holdfast:index:ContainerAppsRunner$azure-native:network:NetworkSecurityGroup::prod-network-security-group",
    "holdfast:index:ContainerAppsRunner$azure-native:network:Subnet::prod-subnet",
    "holdfast:index:ContainerAppsRunner$random:index/randomString:RandomString::prod-vault-suffix",
    "holdfast:index:ContainerAppsRunner::prod",
    "pulumi:providers:azure-native::azure",
  ]);
  // The right is granted before the app asks, and Azure sees it with delay.
  expect(doneIn(standIns).filter((call) => /entials|app$/.test(call))).toEqual([
    "create prod-credentials",
    "create prod-read-credentials",
    "create prod-app",
    "create prod-app",
    "create prod-app",
  ]);
  const app = appNow();
  expect(valueAt(app, "configuration.ingress")).toBeUndefined();
  expect(valueAt(app, "configuration.secrets[0].keyVaultUrl")).toBe(
    textOutput(made, "secretReference"),
  );
  expect(textOutput(made, "secretReference")).toMatch(
    /^https:\/\/runner-[a-z0-9]{12}\.vault\.azure\.net\/secrets\/prod-credentials[0-9a-f]{8}\/[0-9a-f]{32}$/,
  );
  expect(valueAt(app, "latestRevisionName")).toMatch(/--1$/);
  expect(valueAt(app, "tags.team")).toBe("platform");

  expect(
    (await stack.up(program({ ...ownNetwork, credentials: canaryCredentials(1) }), true)).changes,
  ).toEqual({});

  standIns.forgetCalls();
  const rotated = await stack.up(program({ ...ownNetwork, credentials: canaryCredentials(2) }));
  expect(stepTexts(rotated.steps)).toEqual(["update prod-credentials", "update prod-app"]);
  expect(doneIn(standIns)).toEqual(["update prod-credentials", "update prod-app"]);
  expect(valueAt(appNow(), "latestRevisionName")).toMatch(/--2$/);
  expect(valueAt(appNow(), "configuration.secrets[0].keyVaultUrl")).toBe(
    textOutput(rotated, "secretReference"),
  );
  expect(textOutput(rotated, "secretReference")).not.toBe(textOutput(made, "secretReference"));
  expect(textOutput(rotated, "credentialsFingerprint")).not.toBe(
    textOutput(made, "credentialsFingerprint"),
  );

  expect(await stack.backendText()).not.toContain("canary");
  expect(await stack.exportedState()).not.toContain("canary");
  expect(made.text + rotated.text).not.toContain("canary");

  await stack.destroy();
  expect(left()).toEqual([]);
});

test("a rotation that fails at any step leaves the earlier runners as they are, and the next update completes it", async () => {
  const stack = await emptyStack(standIns);
  const at = (generation: number): pulumi.automation.PulumiFn =>
    program({
      ...existing,
      unsafeVaultAnyNetwork: true,
      credentials: canaryCredentials(generation),
    });
  await stack.up(at(1));
  const before = appNow();
  for (const [index, failing] of [entryToken, appToken].entries()) {
    const generation = index + 2;
    const earlier = appNow();
    standIns.failOnce(
      ({ method, token }) => method === "update" && token === failing,
      "the cloud is not well",
    );
    expect(await stack.failure(at(generation))).toContain("the cloud is not well");
    expect(appNow()).toEqual(earlier);
    const repaired = await stack.up(at(generation));
    expect(stepTexts(repaired.steps).at(-1)).toBe("update prod-app");
    expect(valueAt(appNow(), "latestRevisionName")).toMatch(new RegExp(`--${generation}$`));
  }
  expect(appNow()).not.toEqual(before);
  await stack.destroy();
  expect(left()).toEqual([]);
});

test("a right that Azure does not see within the wait makes the update fail, and the next one goes on", async () => {
  const stack = await emptyStack(standIns);
  const waiting = (accessWaitSecondsMax: number): pulumi.automation.PulumiFn =>
    program({
      ...existing,
      vaultName: "shared-vault",
      vaultResourceGroupName: "shared",
      credentials: canaryCredentials(1),
      accessWaitSecondsMax,
    });
  const message = await stack.failure(waiting(0));
  expect(message).toContain("Unable to get value using Managed identity");
  expect(message).not.toContain("canary");
  expect(doneIn(standIns).filter((call) => call === "create prod-app")).toHaveLength(1);
  expect(stepTexts((await stack.up(waiting(60))).steps)).toEqual(["create prod-app"]);
  expect(valueAt(appNow(), "identity.userAssignedIdentities[1]")).toBe(
    existing.existingRuntimeIdentity.id,
  );
  await stack.destroy();
  expect(left()).toEqual([]);
  // The vault keeps the name of the entry that was deleted: another one is made up.
  await stack.up(waiting(60));
  await stack.destroy();
  expect(left()).toEqual([]);
});

test("an entry that exists is read by its version, by right of this stack, and another version makes a revision", async () => {
  const stack = await emptyStack(standIns);
  const at = (version: string): pulumi.automation.PulumiFn =>
    program({
      ...existing,
      existingSecretUri: `https://shared-vault.vault.azure.net/secrets/runner/${version.repeat(32)}`,
      existingSecretScope: `${group}/Microsoft.KeyVault/vaults/shared-vault/secrets/runner`,
    });
  const made = await stack.up(at("a"));
  expect(left()).toEqual([
    "azure-native:managedidentity:UserAssignedIdentity",
    "azure-native:authorization:RoleAssignment",
    appToken,
  ]);
  expect(textOutput(made, "credentialsFingerprint")).toBe("unmanaged");
  expect(stepTexts((await stack.up(at("b"))).steps)).toEqual(["update prod-app"]);
  expect(valueAt(appNow(), "latestRevisionName")).toMatch(/--2$/);
  await stack.destroy();
  expect(left()).toEqual([]);
});

test("in another subnet the runners start before the earlier ones, and what they need, go", async () => {
  const stack = await emptyStack(standIns);
  const at = (subnetCidrBlock: string): pulumi.automation.PulumiFn =>
    program({
      network: { virtualNetworkName: "vnet", subnetCidrBlock },
      credentials: canaryCredentials(1),
    });
  await stack.up(at("10.1.0.0/27"));
  standIns.forgetCalls();
  await stack.up(at("10.2.0.0/27"));
  const order = doneIn(standIns);
  expect(order.lastIndexOf("create prod-app")).toBeLessThan(order.indexOf("delete prod-app"));
  expect(order.indexOf("delete prod-app")).toBeLessThan(order.indexOf("delete prod-environment"));
  expect(order.indexOf("delete prod-environment")).toBeLessThan(
    order.indexOf("delete prod-subnet"),
  );
  expect(order).not.toContain("create prod-credentials");
  await stack.destroy();
  expect(left()).toEqual([]);
});

test("aliases, protection and transforms reach every resource of the runner", async () => {
  const stack = await emptyStack(standIns);
  const args = { ...existing, unsafeVaultAnyNetwork: true, credentials: canaryCredentials(1) };
  await stack.up(program(args));
  const tagged: pulumi.ResourceTransform = ({ props, opts, type }) =>
    type === appToken ? { props: { ...props, tags: { owner: "platform" } }, opts } : undefined;
  const renamed: pulumi.automation.PulumiFn = async () => {
    const azure = new Provider("azure", { subscriptionId, tenantId });
    new ContainerAppsRunner(
      "live",
      { resourceGroupName: "runners", image, ...args },
      { providers: [azure], aliases: [{ name: "prod" }], transforms: [tagged], protect: true },
    );
  };
  const update = await stack.up(renamed);
  expect(stepTexts(update.steps)).toEqual(["update live-app"]);
  expect(valueAt(appNow(), "tags.owner")).toBe("platform");
  const resources = await stack.resources();
  expect(
    resources.filter(({ urn, protect }) => urn.includes("ContainerAppsRunner") && !protect),
  ).toEqual([]);
  await stack.cli(["state", "unprotect", "--all", "--yes"]);
  await stack.destroy();
  expect(left()).toEqual([]);
});

test("wrong arguments are all told at once, and nothing is made", async () => {
  const stack = await emptyStack(standIns);
  const message = await stack.failure(
    program({
      credentials: "{}",
      cpuMillicores: 300,
      terminationGraceSeconds: 601,
      environmentId: "env",
      vaultName: "-",
    }),
  );
  for (const problem of [
    "credentials must be the text of a credentials file",
    "cpuMillicores must be one of 250, 500,",
    "terminationGraceSeconds must be a whole number from 15 to 600; given: 601",
    "environmentId must be the resource id of an environment",
    "environmentNarrowsEgress must be true with environmentId",
    "vaultName must be the name of a Key Vault",
  ]) {
    expect(message).toContain(problem);
  }
  expect(doneIn(standIns)).toEqual([]);
});

test("the stack runner-container-apps enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const world = await makeEnrolledWorld({
    program: runnerContainerApps,
    standIns,
    configuration: {
      image,
      subscriptionId,
      tenantId,
      resourceGroupName: "runners",
      virtualNetworkName: "production",
      subnetCidrBlock: "10.1.0.0/27",
    },
  });

  const made = await expectFirstUpdate(world);
  expect(textOutput(made, "secretReference")).toContain(".vault.azure.net/secrets/");

  const rotated = await expectRotation(world);
  expect(
    rotated.steps.filter(({ urn }) => urn.includes("ContainerAppsRunner$")).map(({ name }) => name),
  ).toEqual(["runner-in-apps-credentials", "runner-in-apps-app"]);
  expect(await world.stack.exportedState()).not.toContain("PRIVATE KEY");

  await world.stack.destroy();
  expect(left()).toEqual([]);
});
