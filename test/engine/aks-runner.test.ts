import { runnerAks } from "@holdfast/stacks/runner-aks/runner-aks.ts";
import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomId } from "@pulumi/random/randomId.js";
import { AksRunner } from "holdfast/aks-runner/aks-runner.ts";
import type { AksRunnerArgs } from "holdfast/aks-runner/aks-runner-args.ts";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { azureStandIn } from "../support/providers/azure.ts";
import { entraRefusal } from "../support/providers/azure-federation.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { type Values, valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { stepTexts, textOutput } from "./engine-world.ts";
import { expectFirstUpdate, expectRotation, makeEnrolledWorld } from "./enrolled-stack-world.ts";
import { canaryCredentials, commonOutputs, doneIn, emptyStack } from "./runner-world.ts";

let standIns: StandIns;

beforeAll(async () => {
  standIns = await startStandIns([
    azureStandIn(),
    kubernetesStandIn(),
    randomStandIn(),
    tlsStandIn(),
  ]);
});

afterAll(async () => {
  await standIns.stop();
});

beforeEach(() => {
  standIns.forgetCalls();
});

const subscriptionId = "11111111-1111-1111-1111-111111111111";
const tenantId = "22222222-2222-2222-2222-222222222222";
const image = `example.azurecr.io/holdfast/runner@sha256:${"0".repeat(64)}`;
const oidcIssuerUrl = `https://westeurope.oic.prod-aks.azure.com/${tenantId}/55555555-5555-5555-5555-555555555555/`;
const trustToken = "azure-native:managedidentity:FederatedIdentityCredential";
const secretToken = "kubernetes:core/v1:Secret";
const deploymentToken = "kubernetes:apps/v1:Deployment";

function program(
  args: Partial<AksRunnerArgs>,
  options: pulumi.ComponentResourceOptions = {},
  name = "prod",
): pulumi.automation.PulumiFn {
  return async () => {
    const azure = new AzureProvider("azure", { subscriptionId, tenantId });
    const cluster = new KubernetesProvider("cluster", { context: "production" });
    const runner = new AksRunner(
      name,
      { namespace: "holdfast", resourceGroupName: "runners", oidcIssuerUrl, image, ...args },
      { providers: [azure, cluster], ...options },
    );
    const { identityClientId, serviceAccountPrincipal } = runner;
    return { ...commonOutputs(runner), identityClientId, serviceAccountPrincipal };
  };
}

function outputsOf(wanted: string): Values {
  const object = standIns.objects.find(({ token }) => token === wanted);
  if (object === undefined) {
    throw new Error(`there is no ${wanted}`);
  }
  return object.outputs;
}

test("a runner on AKS is made after its trust, rolls to new credentials, and leaves nothing", async () => {
  const stack = await emptyStack(standIns);
  const unknown: pulumi.automation.PulumiFn = async () => {
    const id = new RandomId("later", { byteLength: 8 });
    const issuer = pulumi.interpolate`${oidcIssuerUrl}${id.hex.apply(() => "")}`;
    const later = id.hex.apply(() => canaryCredentials(1));
    return await program({ credentials: later, oidcIssuerUrl: issuer })();
  };
  expect(await stack.preview(unknown)).toEqual({ create: 12 });
  expect(standIns.objects).toEqual([]);

  const made = await stack.up(
    program({ credentials: canaryCredentials(1), tags: { team: "platform" } }),
  );
  expect((await stack.resources()).map(({ urn }) => urn.split("::").slice(2).join("::"))).toEqual([
    "holdfast:index:AksRunner$azure-native:managedidentity:FederatedIdentityCredential::prod-federated-credential",
    "holdfast:index:AksRunner$azure-native:managedidentity:UserAssignedIdentity::prod-identity",
    "holdfast:index:AksRunner$kubernetes:apps/v1:Deployment::prod-deployment",
    "holdfast:index:AksRunner$kubernetes:core/v1:Secret::prod-credentials",
    "holdfast:index:AksRunner$kubernetes:core/v1:ServiceAccount::prod-service-account",
    "holdfast:index:AksRunner$kubernetes:networking.k8s.io/v1:NetworkPolicy::prod-network-policy",
    "holdfast:index:AksRunner$kubernetes:policy/v1:PodDisruptionBudget::prod-disruption-budget",
    "holdfast:index:AksRunner::prod",
    "pulumi:providers:azure-native::azure",
    "pulumi:providers:kubernetes::cluster",
  ]);
  const order = doneIn(standIns);
  expect(order.indexOf("create prod-deployment")).toBe(order.length - 1);
  expect(valueAt(outputsOf("kubernetes:core/v1:ServiceAccount"), "metadata.annotations")).toEqual({
    "azure.workload.identity/client-id": textOutput(made, "identityClientId"),
  });
  const template = valueAt(outputsOf(deploymentToken), "spec.template.metadata.labels");
  expect(template).toMatchObject({ "azure.workload.identity/use": "true" });
  const identity = outputsOf("azure-native:managedidentity:UserAssignedIdentity");
  expect(identity).toMatchObject({ tags: { team: "platform" } });
  expect(textOutput(made, "identityPrincipal")).toBe(identity["principalId"]);
  const token = {
    issuer: oidcIssuerUrl,
    subject: textOutput(made, "serviceAccountPrincipal"),
    audience: "api://AzureADTokenExchange",
  };
  const trust = { inputs: outputsOf(trustToken), tenantId };
  expect(entraRefusal(trust, token)).toBeUndefined();
  expect(entraRefusal(trust, { ...token, issuer: oidcIssuerUrl.slice(0, -1) })).toBe(
    "AADSTS700211",
  );
  expect(entraRefusal(trust, { ...token, subject: "system:serviceaccount:other:prod" })).toBe(
    "AADSTS700213",
  );

  const same = program({ credentials: canaryCredentials(1), tags: { team: "platform" } });
  expect((await stack.up(same, true)).changes).toEqual({});

  standIns.forgetCalls();
  const rotated = await stack.up(
    program({ credentials: canaryCredentials(2), tags: { team: "platform" } }),
  );
  expect(stepTexts(rotated.steps)).toEqual([
    "create-replacement prod-credentials",
    "replace prod-credentials",
    "update prod-deployment",
    "delete-replaced prod-credentials",
  ]);
  expect(doneIn(standIns)).toEqual([
    "create prod-credentials",
    "update prod-deployment",
    "delete prod-credentials",
  ]);
  expect(await stack.backendText()).not.toContain("canary");
  expect(await stack.exportedState()).not.toContain("canary");

  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("a rotation on AKS that fails at any step leaves the earlier pods as they are, and the next update completes it", async () => {
  const stack = await emptyStack(standIns);
  const existingIdentity = {
    id: `/subscriptions/${subscriptionId}/resourceGroups/shared/providers/Microsoft.ManagedIdentity/userAssignedIdentities/runtime`,
    clientId: "33333333-3333-3333-3333-333333333333",
    principalId: "44444444-4444-4444-4444-444444444444",
  };
  const at = (generation: number): pulumi.automation.PulumiFn =>
    program({ existingIdentity, credentials: canaryCredentials(generation) });
  await stack.up(at(1));
  expect(standIns.objects.map(({ token }) => token)).not.toContain(
    "azure-native:managedidentity:UserAssignedIdentity",
  );
  expect(outputsOf(trustToken)).toMatchObject({
    resourceGroupName: "shared",
    resourceName: "runtime",
  });
  const failures = [
    { method: "create", token: secretToken },
    { method: "update", token: deploymentToken },
    { method: "delete", token: secretToken },
  ] as const;
  for (const [index, failure] of failures.entries()) {
    const generation = index + 2;
    const earlier = outputsOf(deploymentToken);
    standIns.failOnce(
      ({ method, token }) => method === failure.method && token === failure.token,
      "the cloud is not well",
    );
    expect(await stack.failure(at(generation))).toContain("the cloud is not well");
    if (failure.method !== "delete") {
      expect(outputsOf(deploymentToken)).toEqual(earlier);
    }
    await stack.up(at(generation));
    const secrets = standIns.objects.filter(({ token }) => token === secretToken);
    expect(secrets.map(({ outputs }) => valueAt(outputs, "metadata.name"))).toEqual([
      valueAt(outputsOf(deploymentToken), "spec.template.spec.volumes[0].secret.secretName"),
    ]);
  }
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("aliases, transforms and protection reach a runner on AKS, and wrong arguments are all told at once", async () => {
  const stack = await emptyStack(standIns);
  const args = { credentials: canaryCredentials(1), serviceAccountName: "prod" };
  await stack.up(program(args));
  const tagged: pulumi.ResourceTransform = ({ props, opts, type }) =>
    type === "azure-native:managedidentity:UserAssignedIdentity"
      ? { props: { ...props, tags: { owner: "platform" } }, opts }
      : undefined;
  const renamed = { aliases: [{ name: "prod" }], transforms: [tagged], protect: true };
  const update = await stack.up(program(args, renamed, "live"));
  expect(stepTexts(update.steps)).toContain("update live-identity");
  expect(stepTexts(update.steps).filter((step) => step.includes("identity"))).toHaveLength(1);
  expect(doneIn(standIns)).not.toContain("delete prod-federated-credential");
  const resources = await stack.resources();
  expect(resources.filter(({ urn, protect }) => urn.includes("AksRunner") && !protect)).toEqual([]);
  await stack.cli(["state", "unprotect", "--all", "--yes"]);
  await stack.destroy();
  expect(standIns.objects).toEqual([]);

  const other = await emptyStack(standIns);
  const message = await other.failure(
    program({ image: "runner:latest", oidcIssuerUrl: oidcIssuerUrl.slice(0, -1), namespace: "No" }),
  );
  for (const problem of [
    "image must be pinned by digest",
    "oidcIssuerUrl must be the issuer of AKS exactly as its tokens name it",
    "namespace must be a DNS label",
    "credentials must be given, or else existingSecretName",
  ]) {
    expect(message).toContain(problem);
  }
});

test("the stack runner-aks enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const world = await makeEnrolledWorld({
    program: runnerAks,
    standIns,
    configuration: {
      image,
      subscriptionId,
      tenantId,
      resourceGroupName: "runners",
      oidcIssuerUrl,
      kubeconfigFile: "kubeconfig",
      namespace: "holdfast",
    },
  });

  const made = await expectFirstUpdate(world);
  expect(textOutput(made, "secretReference")).toMatch(/^holdfast\/aks-runner-credentials-/);

  const rotated = await expectRotation(world);
  expect(stepTexts(rotated.steps.filter(({ urn }) => urn.includes("AksRunner$")))).toEqual([
    "create-replacement aks-runner-credentials",
    "replace aks-runner-credentials",
    "update aks-runner-deployment",
    "delete-replaced aks-runner-credentials",
  ]);

  await world.stack.destroy();
  expect(standIns.objects).toEqual([]);
});
