import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { runnerCloudRun } from "@holdfast/stacks/runner-cloud-run/runner-cloud-run.ts";
import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { CloudRunRunner } from "holdfast/cloud-run-runner/cloud-run-runner.ts";
import type { CloudRunRunnerArgs } from "holdfast/cloud-run-runner/cloud-run-runner-args.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type GcpStandIn, gcpStandIn } from "../support/providers/gcp.ts";
import { randomStandIn } from "../support/providers/random.ts";
import { isValues, valueAt } from "../support/providers/stand-in-provider.ts";
import { type StandIns, startStandIns } from "../support/providers/start-stand-ins.ts";
import { tlsStandIn } from "../support/providers/tls.ts";
import { testCredentials } from "../support/test-credentials.ts";
import { makeStack, stepTexts, type TestStack, textOutput } from "./engine-world.ts";
import { expectFirstUpdate, expectRotation, makeEnrolledWorld } from "./enrolled-stack-world.ts";
import { commonOutputs, standInsForTest, takeChanges } from "./runner-world.ts";

type Program = pulumi.automation.PulumiFn;

/** What no state, message or output may have in clear. */
const canary = "canary-key-of-generation";

const image = `europe-docker.pkg.dev/acme/holdfast/runner@sha256:${"a".repeat(64)}`;
const pool = "gcp:cloudrunv2/workerPool:WorkerPool";

/** The credentials file of a generation. */
function credentials(generation: number): string {
  return formatCredentialsFile(
    testCredentials({ generation, privateKey: `${canary}-${generation}`, apiKey: `hf_${canary}` }),
  );
}

function args(generation: number, changes: Partial<CloudRunRunnerArgs> = {}): CloudRunRunnerArgs {
  return {
    image,
    credentials: pulumi.secret(credentials(generation)),
    location: "europe-west1",
    network: "runners",
    subnetwork: "runners-europe-west1",
    egressCidrBlocks: ["0.0.0.0/0", "2001:db8::/32"],
    tags: { team: "platform" },
    ...changes,
  };
}

function program(
  runnerArgs: () => CloudRunRunnerArgs,
  options: pulumi.ComponentResourceOptions = {},
): Program {
  return async () => {
    const google = new GoogleProvider("google", { project: "acme-runners" });
    const runner = new CloudRunRunner("production", runnerArgs(), {
      providers: [google],
      ...options,
    });
    return commonOutputs(runner);
  };
}

let google: GcpStandIn;
let standIns: StandIns;
let stack: TestStack;

beforeAll(async () => {
  google = gcpStandIn();
  standIns = await startStandIns([google, randomStandIn()]);
  stack = await makeStack({ environment: standIns.environment, isKept: true });
});

afterAll(async () => {
  await stack.remove();
  await standIns.stop();
});

/** Version of the secret that the worker pool starts from. */
function deployedVersion(): unknown {
  const deployed = standIns.objects.find(({ token }) => token === pool);
  const variables = valueAt(deployed?.inputs, "template.containers[0].envs");
  const reference = (Array.isArray(variables) ? variables.filter(isValues) : []).find(
    (variable) => valueAt(variable, "name") === "HOLDFAST_CREDENTIALS",
  );
  return valueAt(reference, "valueSource.secretKeyRef.version");
}

function enabledVersions(): readonly number[] {
  return [...google.versionStates]
    .filter(([, state]) => state === "ENABLED")
    .map(([name]) => Number(name.split("/").at(-1)));
}

function stateOfVersions(): readonly string[] {
  return [...google.versionStates].map(([name, state]) => `${name.split("/").at(-1)} ${state}`);
}

const urns = [
  "google",
  "holdfast:index:CloudRunRunner::production",
  "holdfast:index:CloudRunRunner$gcp:cloudrunv2/workerPool:WorkerPool::production-workload",
  "holdfast:index:CloudRunRunner$gcp:compute/firewall:Firewall::production-egress-allow",
  "holdfast:index:CloudRunRunner$gcp:compute/firewall:Firewall::production-egress-allow-ipv6",
  "holdfast:index:CloudRunRunner$gcp:compute/firewall:Firewall::production-egress-deny",
  "holdfast:index:CloudRunRunner$gcp:compute/firewall:Firewall::production-egress-deny-ipv6",
  "holdfast:index:CloudRunRunner$gcp:secretmanager/secret:Secret::production-credentials",
  "holdfast:index:CloudRunRunner$gcp:secretmanager/secretIamMember:SecretIamMember::production-credentials-reader",
  "holdfast:index:CloudRunRunner$gcp:secretmanager/secretVersion:SecretVersion::production-credentials-version",
  "holdfast:index:CloudRunRunner$gcp:serviceaccount/account:Account::production-account",
];

test("a runner on Cloud Run is one worker pool that starts from one version of a secret of its own", async () => {
  expect(await stack.preview(program(() => args(1)))).toMatchObject({ create: urns.length + 1 });
  const made = await stack.up(program(() => args(1)));
  const resources = await stack.resources();
  expect(
    resources.map(({ urn }) =>
      urn.includes("pulumi:providers:") ? "google" : urn.split("::").slice(2).join("::"),
    ),
  ).toEqual(expect.arrayContaining(urns));
  expect(resources).toHaveLength(urns.length);
  // The grant does not hold at once: the worker pool is there by then, and is tried again.
  expect(takeChanges(standIns).slice(-2)).toEqual([
    "create production-workload",
    "update production-workload",
  ]);
  const email = textOutput(made, "identityPrincipal").replace("serviceAccount:", "");
  expect(email).toMatch(/^production-[0-9a-f]{8}@acme-runners\.iam\.gserviceaccount\.com$/);
  expect(textOutput(made, "secretReference")).toMatch(
    /^projects\/acme-runners\/secrets\/production-credentials-[0-9a-f]{7}\/versions\/1$/,
  );
  const grants = standIns.objects.filter(({ token }) => /I(?:am|AM)Member/.test(token));
  expect(grants.map(({ inputs }) => inputs)).toEqual([
    {
      secretId: textOutput(made, "secretReference").replace("/versions/1", ""),
      role: "roles/secretmanager.secretAccessor",
      member: `serviceAccount:${email}`,
    },
  ]);
  const deployed = standIns.objects.find(({ token }) => token === pool);
  expect(deployed?.inputs).toMatchObject({
    deletionProtection: false,
    scaling: { manualInstanceCount: 2 },
    labels: { team: "platform" },
    template: {
      serviceAccount: email,
      vpcAccess: { egress: "ALL_TRAFFIC" },
      containers: [{ image, resources: { limits: { cpu: "1", memory: "512Mi" } } }],
    },
  });
  expect(JSON.stringify(deployed?.inputs)).not.toMatch(/ports|livenessProbe|startupProbe/);
  expect((await stack.up(program(() => args(1)))).changes).toEqual({});
});

test("all traffic passes firewall rules that let out what the arguments name and nothing else", () => {
  const rules = standIns.objects.filter(({ token }) => token === "gcp:compute/firewall:Firewall");
  const network = standIns.objects.find(({ token }) => token === pool);
  const [tag] = [valueAt(network?.inputs, "template.vpcAccess.networkInterfaces[0].tags[0]")];
  expect(tag).toMatch(/^holdfast-production-[0-9a-f]{8}$/);
  const ports = ["443", "8443", "8444"];
  expect(
    rules
      .map(({ urn, inputs }) => [urn.split("::").at(-1), inputs] as const)
      .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1))
      .map(([, { name: _, ...inputs }]) => inputs),
  ).toEqual(
    [
      { destinationRanges: ["0.0.0.0/0"], priority: 100, allows: [{ protocol: "tcp", ports }] },
      { destinationRanges: ["2001:db8::/32"], priority: 100, allows: [{ protocol: "tcp", ports }] },
      { destinationRanges: ["0.0.0.0/0"], priority: 101, denies: [{ protocol: "all" }] },
      { destinationRanges: ["::/0"], priority: 101, denies: [{ protocol: "all" }] },
    ].map((rule) => ({ ...rule, direction: "EGRESS", network: "runners", targetTags: [tag] })),
  );
});

test("no secret is in the state in clear", async () => {
  const state = await stack.exportedState();
  expect(state).not.toContain(canary);
  expect(await stack.backendText()).not.toContain(canary);
});

test("changed credentials become a version that is there before the worker pool moves, and the earlier one is disabled after", async () => {
  standIns.forgetCalls();
  const before = await stack.up(program(() => args(1)));
  const rotated = await stack.up(program(() => args(2)));
  expect(stepTexts(rotated.steps)).toEqual([
    "create-replacement production-credentials-version",
    "replace production-credentials-version",
    "update production-workload",
    "delete-replaced production-credentials-version",
  ]);
  expect(takeChanges(standIns)).toEqual([
    "create production-credentials-version",
    "update production-workload",
    "delete production-credentials-version",
  ]);
  expect(deployedVersion()).toBe("2");
  expect(stateOfVersions()).toEqual(["1 DISABLED", "2 ENABLED"]);
  expect(rotated.outputs["credentialsFingerprint"]).not.toBe(
    before.outputs["credentialsFingerprint"],
  );
  expect(rotated.text).not.toContain(canary);
});

test.each([
  { method: "create", name: "production-credentials-version", made: 0, moved: 0 },
  { method: "update", name: "production-workload", made: 1, moved: 0 },
  { method: "delete", name: "production-credentials-version", made: 1, moved: 1 },
])(
  "a rotation that fails to $method $name leaves the deployed version enabled, and the next update ends it",
  async ({ method, name, made, moved }) => {
    const before = Number(deployedVersion());
    const rotated = program(() => args(100 + before));
    standIns.failOnce((call) => call.method === method && call.name === name, "the cloud is away");
    const text = await stack.failure(rotated);
    expect(text).toContain("the cloud is away");
    expect(text).not.toContain(canary);
    expect(deployedVersion()).toBe(String(before + moved));
    expect(enabledVersions()).toEqual([before, ...(made === 0 ? [] : [before + 1])]);
    await stack.up(rotated);
    expect(deployedVersion()).toBe(String(before + 1));
    expect(enabledVersions()).toEqual([before + 1]);
  },
);

test("credentials that are not known in a preview are not guessed at", async () => {
  const unknown = (): CloudRunRunnerArgs => {
    const password = new RandomPassword("password", { length: 12 });
    const text = password.result.apply((apiKey) =>
      formatCredentialsFile(testCredentials({ apiKey })),
    );
    return args(1, { credentials: text });
  };
  const steps = await stack.previewSteps(program(unknown));
  expect(stepTexts(steps)).toEqual(
    expect.arrayContaining(["create-replacement production-credentials-version"]),
  );
});

test("transforms, aliases and providers reach what the component makes", async () => {
  const transformed: Program = async () => {
    const provider = new GoogleProvider("google", { project: "acme-runners" });
    new CloudRunRunner("production", args(50), {
      providers: [provider],
      transforms: [
        ({ type, props, opts }) =>
          type === pool ? { props: { ...props, description: "ours" }, opts } : undefined,
      ],
    });
  };
  await stack.up(transformed);
  expect(standIns.objects.find(({ token }) => token === pool)?.inputs["description"]).toBe("ours");
  const moved: Program = async () => {
    const provider = new GoogleProvider("google", { project: "acme-runners" });
    const folder = new pulumi.ComponentResource("test:index:Folder", "folder");
    new CloudRunRunner("production", args(50), {
      providers: [provider],
      parent: folder,
      aliases: [{ parent: pulumi.rootStackResource }],
    });
  };
  const { steps } = await stack.up(moved);
  expect(stepTexts(steps)).toEqual(["create folder", "update production-workload"]);
});

test("destroying the stack leaves nothing", async () => {
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
  expect(await stack.resources()).toEqual([]);
});

test("a first deployment that fails in the end is kept, and repaired by the next update", async () => {
  // The second try, because the first is refused for the grant.
  standIns.failOnce(
    ({ method, token }) => method === "update" && token === pool,
    "the image is not there",
    // As the bridged provider fails: it says what it knows of the object.
    { isPartial: true },
  );
  standIns.forgetCalls();
  expect(await stack.failure(program(() => args(60)))).toContain("the image is not there");
  expect(takeChanges(standIns).filter((call) => call.endsWith("production-workload"))).toEqual([
    "create production-workload",
    "update production-workload",
  ]);
  await stack.up(program(() => args(60)));
  expect(takeChanges(standIns)).toEqual(["update production-workload"]);
  await stack.destroy();
  expect(standIns.objects).toEqual([]);
});

test("a runner by reference reads one version of a secret that others fill, as a service account that exists", async () => {
  const email = "runner@acme-runners.iam.gserviceaccount.com";
  const byReference = (rolloutToken: string) => (): CloudRunRunnerArgs => ({
    image,
    location: "europe-west1",
    unsafeUnrestrictedEgress: true,
    serviceAccountEmail: email,
    existingSecretId: "projects/acme-secrets/secrets/runner",
    existingSecretVersion: "7",
    rolloutToken,
    binaryAuthorization: true,
  });
  standIns.forgetCalls();
  const made = await stack.up(program(byReference("a")));
  expect(takeChanges(standIns)).toEqual([
    "create production-credentials-reader",
    "create production-workload",
    "update production-workload",
  ]);
  expect(made.outputs).toMatchObject({
    identityPrincipal: `serviceAccount:${email}`,
    secretReference: "projects/acme-secrets/secrets/runner/versions/7",
    credentialsFingerprint: "a",
  });
  expect(deployedVersion()).toBe("7");
  await stack.up(program(byReference("b")));
  expect(takeChanges(standIns)).toEqual(["update production-workload"]);
  await stack.destroy();
});

test("the stack runner-cloud-run enrolls a runner, deploys it, rotates it with the epoch, and goes", async () => {
  const cloud = await standInsForTest([gcpStandIn(), tlsStandIn()]);
  const world = await makeEnrolledWorld({
    program: runnerCloudRun,
    standIns: cloud,
    configuration: {
      image,
      googleProject: "acme-runners",
      location: "europe-west1",
      network: "runners",
      subnetwork: "runners-europe-west1",
      targetProject: "acme-target",
      targetRole: "roles/compute.viewer",
    },
  });

  const made = await expectFirstUpdate(world);
  const grants = cloud.objects.filter(({ token }) => token === "gcp:projects/iAMMember:IAMMember");
  expect(grants.map(({ inputs, configuration }) => [inputs, configuration["project"]])).toEqual([
    [
      {
        project: "acme-target",
        role: "roles/compute.viewer",
        member: `serviceAccount:${textOutput(made, "targetServiceAccountEmail")}`,
      },
      "acme-target",
    ],
  ]);

  const rotated = await expectRotation(world);
  expect(stepTexts(rotated.steps.filter(({ urn }) => urn.includes("$gcp:")))).toEqual([
    "create-replacement cloud-run-runner-credentials-version",
    "replace cloud-run-runner-credentials-version",
    "update cloud-run-runner-workload",
    "delete-replaced cloud-run-runner-credentials-version",
  ]);

  await world.stack.destroy();
  expect(cloud.objects).toEqual([]);
});
