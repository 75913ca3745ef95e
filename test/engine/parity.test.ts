import { readFileSync } from "node:fs";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RunnerDeployment } from "holdfast/runner-deployment/runner-deployment.ts";
import { runnerImage } from "holdfast/runner-workload/runner-image.ts";
import type { RunnerWorkloadArgs } from "holdfast/runner-workload/runner-workload-args.ts";
import { describe, expect, onTestFinished, test } from "vitest";
import { awsStandIn } from "../support/providers/aws.ts";
import { awsTrustResources } from "../support/providers/aws-trust.ts";
import { azureStandIn } from "../support/providers/azure.ts";
import { gcpStandIn } from "../support/providers/gcp.ts";
import { kubernetesStandIn } from "../support/providers/kubernetes.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { type StandInObject, valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { makeStack } from "./engine-world.ts";
import { type TargetFacts, targetFacts } from "./parity-targets.ts";

// One suite for every hosting target, driven by the table in parity-targets.ts. What each stand-in does not prove
// stands at its head.

/** A world of its own for each target, so that nothing of another's is left in it. */
async function startWorld(): Promise<StandIns> {
  const standIns = await startStandIns([
    awsStandIn({ more: awsTrustResources }),
    gcpStandIn(),
    azureStandIn(),
    kubernetesStandIn(),
    randomStandIn(),
  ]);
  onTestFinished(async () => {
    await standIns.stop();
  });
  return standIns;
}

/** Type and name of every resource, by target. */
const golden = JSON.parse(
  readFileSync(new URL("golden/runner-deployment.json", import.meta.url), "utf8"),
) as Readonly<Record<string, readonly string[]>>;

const canary = "canary-of-a-secret";

/** The common contract, with a value of each argument that is not its default. */
const common: RunnerWorkloadArgs = {
  image: `registry.example/holdfast/runner@sha256:${"a".repeat(64)}`,
  replicas: 3,
  cpuMillicores: 500,
  memoryMebibytes: 768,
  environment: { EXAMPLE: "one value" },
  policy: "permit(principal, action, resource);",
  logLevel: "debug",
  operationsMax: 7,
  terminationGraceSeconds: 45,
  egressPorts: [443, 9443],
  tags: { team: "platform" },
};

function credentials(generation: number): string {
  return JSON.stringify({
    type: "holdfast_runner_credentials",
    generation,
    privateKey: `${canary}-${generation}`,
    apiKey: `hf_${canary}-${generation}`,
  });
}

function program(facts: TargetFacts, generation: number): pulumi.automation.PulumiFn {
  return async () => {
    const providers = [
      new AwsProvider("aws", { region: "eu-west-1" }),
      new GoogleProvider("google", { project: "acme-runners" }),
      new AzureProvider("azure", {
        subscriptionId: "11111111-1111-1111-1111-111111111111",
        tenantId: "22222222-2222-2222-2222-222222222222",
      }),
      new KubernetesProvider("cluster", { context: "the-cluster" }),
    ];
    const args = facts.args({
      ...common,
      ...facts.common,
      credentials: pulumi.secret(credentials(generation)),
    });
    const runner = new RunnerDeployment("prod", args, { providers });
    const { identityPrincipal, secretReference, credentialsFingerprint, workloadName } = runner;
    return { identityPrincipal, secretReference, credentialsFingerprint, workloadName };
  };
}

/** A matcher for a text; the library's own type is `any`. */
const text = (pattern: RegExp): unknown => expect.stringMatching(pattern);

/** A matcher for an object that has these properties. */
const objectWith = (properties: object): unknown => expect.objectContaining(properties);

/** The tag of the common arguments, wherever the platform has tags. */
function tagOf({ outputs }: StandInObject): unknown {
  return (
    valueAt(outputs, "metadata.labels.team") ??
    valueAt(outputs, "tags.team") ??
    valueAt(outputs, "labels.team")
  );
}

describe.each(targetFacts)("a runner on $target", (facts) => {
  test("honors the common arguments, is hardened, rolls on other credentials alone, and leaves nothing", async () => {
    const standIns = await startWorld();
    const stack = await makeStack({ environment: standIns.environment });
    const made = await stack.up(program(facts, 1));

    // Common outputs.
    expect(made.outputs).toEqual({
      identityPrincipal: text(facts.identityPrincipal),
      secretReference: text(facts.secretReference),
      credentialsFingerprint: text(/^[0-9a-f]{16}$/),
      workloadName: text(/./),
    });

    // Names: another one replaces what it names.
    const urns = (await stack.resources())
      .map(({ urn }) => urn.split("::").slice(2).join("::"))
      .filter((urn) => urn.startsWith("holdfast:"));
    expect(urns).toEqual(golden[facts.target]);

    // Common arguments.
    const { cpuMillicores, memoryMebibytes, image, replicas } = { ...common, ...facts.common };
    const grace = { ...common, ...facts.common }.terminationGraceSeconds;
    const first = facts.workload(standIns.objects);
    expect(first).toEqual({
      image,
      replicas,
      cpuMillicores,
      memoryMebibytes,
      terminationGraceSeconds: grace,
      user: runnerImage.userId,
      rootFilesystem: "read-only",
      capabilities: "none",
      inbound: [],
      egressPorts: [443, 9_443],
      environment: objectWith({
        EXAMPLE: "one value",
        HOLDFAST_LOG_LEVEL: "debug",
        HOLDFAST_OPERATIONS_MAX: "7",
        HOLDFAST_POLICY: "permit(principal, action, resource);",
        HOLDFAST_DRAIN_SECONDS: text(/^\d+$/),
      }),
      injection: text(/^(?:file|variable)$/),
      ...facts.lacks,
    });
    const untagged = standIns.objects.filter((object) => tagOf(object) !== "platform");
    expect([...new Set(untagged.map(({ token }) => token))].toSorted()).toEqual(facts.untagged);

    // Explicit providers, and never the ambient ones.
    for (const { token, configuration } of standIns.objects) {
      expect([token, token.startsWith("random:") || Object.keys(configuration).length > 0]).toEqual(
        [token, true],
      );
    }

    // A second update changes nothing.
    expect((await stack.up(program(facts, 1))).changes).toEqual({});

    // Other credentials.
    const rotated = await stack.up(program(facts, 2));
    expect(
      rotated.steps.map(({ op, name }) => `${op} ${name.replace("prod-runner-", "")}`),
    ).toEqual(facts.rotation);
    expect(rotated.outputs["credentialsFingerprint"]).not.toBe(
      made.outputs["credentialsFingerprint"],
    );
    expect(rotated.outputs["identityPrincipal"]).toBe(made.outputs["identityPrincipal"]);
    expect(facts.workload(standIns.objects)).toMatchObject({ image, replicas });

    // Secrets.
    expect(await stack.backendText()).not.toContain(canary);
    expect(await stack.exportedState()).not.toContain(canary);
    expect(made.text + rotated.text).not.toContain(canary);

    // Deletion.
    await stack.destroy();
    expect(standIns.objects.filter(({ token }) => !facts.kept.includes(token))).toEqual([]);
  });

  test("tells everything that is wrong with the common arguments at once, by the path in the program", () => {
    const wrong = facts.args({
      ...common,
      ...facts.common,
      image: "runner:latest",
      credentials: "{}",
      replicas: 0,
      operationsMax: 1_001,
      environment: { HOLDFAST_API_KEY: canary },
      egressPorts: [0],
      terminationGraceSeconds: 3_601,
    });
    const attempt = (): unknown => new RunnerDeployment("prod", wrong);
    for (const path of [
      "image",
      "credentials",
      "replicas",
      "operationsMax",
      "environment.HOLDFAST_API_KEY",
      "egressPorts[0]",
      "terminationGraceSeconds",
    ]) {
      expect(attempt).toThrow(`  ${facts.target}.${path} must`);
    }
    expect(attempt).not.toThrow(canary);
  });
});

test("every target has its row", () => {
  expect(targetFacts.map(({ target }) => target)).toHaveLength(7);
});
