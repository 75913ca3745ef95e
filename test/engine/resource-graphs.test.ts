import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { Provider as EntraProvider } from "@pulumi/azuread/provider.js";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import type { Deployment } from "@pulumi/pulumi/automation/workspace.js";
import { Runner } from "holdfast/runner.ts";
import { expect, onTestFinished, test } from "vitest";
import { root } from "../architecture/repository.ts";
import { awsStandIn } from "../support/providers/aws.ts";
import { awsTrustResources } from "../support/providers/aws-trust.ts";
import { azureAdStandIn, azureStandIn } from "../support/providers/azure.ts";
import { certificateIssuers } from "../support/providers/certificate-issuers.ts";
import { gcpStandIn } from "../support/providers/gcp.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { selfSignedCertificate } from "../support/self-signed-certificate.ts";
import { componentClasses } from "./component-classes.ts";
import { controlPlaneForTest } from "./control-plane-process.ts";
import { makeStack, providerFor } from "./engine-world.ts";
import { graphedComponents, makeGraphedComponents } from "./graphed-components.ts";
import { drawResourceGraph, readResourceGraph } from "./resource-graph.ts";

const graphs = join(root, "docs", "graphs");

test("the pictures in docs/graphs are those of the resources that the engine keeps, one for each component", async () => {
  const components = componentClasses().map(({ name }) => name);
  expect(Object.keys(graphedComponents).toSorted()).toEqual(components);

  const exported = await deployEverything();

  const drawn = Object.entries(graphedComponents).map(([component, shown]) => {
    const graph = readResourceGraph(exported, `holdfast:index:${component}`);
    return { component, shown, graph, file: fileOf(component) };
  });
  for (const { component, shown, graph, file } of drawn) {
    const page = `# \`${component}\`\n\n${shown} How to read the picture: [README.md](README.md).\n\n\`\`\`mermaid\n${drawResourceGraph(graph)}\n\`\`\`\n`;
    await expect(page).toMatchFileSnapshot(join(graphs, file));
  }
  const rows = drawn.map(({ component, shown, graph, file }) => {
    const made = graph.nodes.filter(({ isOutside }) => !isOutside).length - 1;
    return `| [\`${component}\`](${file}) | ${made} | ${shown} |`;
  });
  await expect(`${introduction}\n${rows.join("\n")}\n`).toMatchFileSnapshot(
    join(graphs, "README.md"),
  );
  const known = new Set([...drawn.map(({ file }) => file), "README.md"]);
  expect((await readdir(graphs)).filter((file) => !known.has(file))).toEqual([]);
});

const introduction = `# The resources of each component

Drawn from the state that the Pulumi engine keeps after an update, with stand-ins for the clouds
(\`test/engine/resource-graphs.test.ts\`). The test fails when a picture differs from what the engine says. This
writes them anew:

\`\`\`
npx vitest run --project engine test/engine/resource-graphs.test.ts --update
\`\`\`

A box has a resource's type and its logical name; the component is named \`prod\`. A solid arrow leads from a parent
to its child. A dashed one leads from a resource to what it takes values of, with the names of the properties that
they go into, or with none if it only waits for it; so that Pulumi makes a resource after all that its dashed arrows
lead to, and removes it before them. A round box with a dashed border is not of the component.

| component | resources | as drawn |
| --- | --- | --- |`;

/** Brings all components up in one stack, and answers with what the engine keeps of it. */
async function deployEverything(): Promise<Deployment> {
  const controlPlane = await controlPlaneForTest("acme");
  const standIns = await startEveryStandIn();
  onTestFinished(standIns.stop);
  const authorityPem = await selfSignedCertificate({ algorithm: "ECDSA", ecdsaCurve: "P256" });
  const world = await makeStack({ environment: standIns.environment });
  await world.up(async () => {
    const provider = providerFor(controlPlane);
    const runner = new Runner("prod", { organization: "acme", name: "prod" }, { provider });
    const options = { providers: [provider, ...homeProviders()] };
    makeGraphedComponents({ runner, authorityPem, options, target: targetProviders() });
    return await Promise.resolve({});
  });
  return await world.stack.exportStack();
}

async function startEveryStandIn() {
  const rows = certificateIssuers();
  const aws = awsStandIn({ more: awsTrustResources });
  const gcp = gcpStandIn();
  const kubernetes = kubernetesStandIn();
  return await startStandIns([
    { ...aws, resources: { ...aws.resources, ...rows.aws } },
    { ...gcp, resources: { ...gcp.resources, ...rows.gcp } },
    { ...kubernetes, resources: { ...kubernetes.resources, ...rows.kubernetes } },
    azureStandIn(),
    azureAdStandIn(),
    randomStandIn(),
    tlsStandIn(),
  ]);
}

function homeProviders() {
  const tenantId = "22222222-2222-2222-2222-222222222222";
  return [
    new AwsProvider("aws", { region: "eu-west-1" }),
    new GoogleProvider("google", { project: "acme-runners" }),
    new AzureProvider("azure", {
      subscriptionId: "11111111-1111-1111-1111-111111111111",
      tenantId,
    }),
    new EntraProvider("entra", { tenantId }),
    new KubernetesProvider("cluster", { context: "the-cluster" }),
  ];
}

function targetProviders() {
  const tenantId = "77777777-7777-7777-7777-777777777777";
  return {
    azure: new AzureProvider("target", {
      subscriptionId: "66666666-6666-6666-6666-666666666666",
      tenantId,
    }),
    entra: new EntraProvider("target-entra", { tenantId }),
  };
}

/** `EcsRunner` is in `ecs-runner.md`. */
function fileOf(component: string): string {
  return `${component.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase()}.md`;
}
