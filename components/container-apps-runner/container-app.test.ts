import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { appConfiguration, appEnvironment, appTemplate } from "./container-app.ts";

const version = "a".repeat(32);
const needs = {
  environment: {
    id: pulumi.output("environment"),
    subnetId: undefined,
    workloadProfileName: undefined,
  },
  entry: {
    uri: pulumi.output(`https://v.vault.azure.net/secrets/s/${version}`),
    startAfter: [],
  },
  platformIdentityId: "platform",
  runtimeIdentity: { id: "runtime", clientId: "client" },
  startAfter: [],
} as const;

const runner = {
  image: "image",
  replicas: 3,
  cpuMillicores: 750,
  memoryMebibytes: 1_536,
  terminationGraceSeconds: 90,
  environment: { HOLDFAST_LOG_LEVEL: "info", ZONE: "a" },
  credentials: undefined,
  credentialsFingerprint: pulumi.output("0123456789abcdef"),
  egress: undefined,
  tags: {},
} as const;

async function resolved<T>(value: pulumi.Input<T>): Promise<unknown> {
  return await new Promise((resolve) => {
    pulumi.output(value).apply((known) => resolve(known));
  });
}

test("the runner's code cannot use the identity that reads the credentials", async () => {
  const registry = { server: "example.azurecr.io", id: undefined };
  expect(await resolved(appConfiguration({ registry }, needs))).toEqual({
    activeRevisionsMode: "Single",
    maxInactiveRevisions: 3,
    identitySettings: [
      { identity: "platform", lifecycle: "None" },
      { identity: "runtime", lifecycle: "Main" },
    ],
    registries: [{ server: "example.azurecr.io", identity: "platform" }],
    secrets: [
      {
        name: "runner-credentials",
        keyVaultUrl: `https://v.vault.azure.net/secrets/s/${version}`,
        identity: "platform",
      },
    ],
  });
});

test("nothing scales, nothing listens, and the credentials are a file", async () => {
  expect(await resolved(appTemplate(runner, { A: "1" }))).toEqual({
    terminationGracePeriodSeconds: 90,
    scale: { minReplicas: 3, maxReplicas: 3 },
    volumes: [
      {
        name: "credentials",
        storageType: "Secret",
        secrets: [{ secretRef: "runner-credentials", path: "runner.json" }],
      },
      { name: "temporary", storageType: "EmptyDir" },
    ],
    containers: [
      {
        name: "runner",
        image: "image",
        command: ["/usr/bin/holdfast-runner", "start"],
        env: [{ name: "A", value: "1" }],
        resources: { cpu: 0.75, memory: "1.5Gi" },
        volumeMounts: [
          { volumeName: "credentials", mountPath: "/var/run/holdfast" },
          { volumeName: "temporary", mountPath: "/tmp" },
        ],
      },
    ],
  });
});

test("other credentials make another revision, wherever they are kept", async () => {
  const own = { kind: "own vault", subnetIds: [] } as const;
  expect(
    await resolved(Object.entries(appEnvironment({ runner, credentialsPlace: own }, needs))),
  ).toEqual([
    ["AZURE_CLIENT_ID", "client"],
    ["CREDENTIALS_FINGERPRINT", "0123456789abcdef"],
    ["HOLDFAST_CREDENTIALS_FILE", "/var/run/holdfast/runner.json"],
    ["HOLDFAST_LOG_LEVEL", "info"],
    ["HOLDFAST_OFFLINE_EXIT_SECONDS", "300"],
    ["ZONE", "a"],
  ]);
  const existing = { kind: "existing entry", uri: "", scope: undefined } as const;
  const environment = appEnvironment({ runner, credentialsPlace: existing }, needs);
  expect(await resolved(environment["CREDENTIALS_FINGERPRINT"])).toBe(
    `0123456789abcdef-${version}`,
  );
});
