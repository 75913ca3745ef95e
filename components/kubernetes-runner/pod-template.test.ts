import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { ArgumentCheck } from "../runner-workload/argument-check.ts";
import type { KubernetesIdentity } from "./kubernetes-identity.ts";
import type { KubernetesRunnerArgs } from "./kubernetes-runner-args.ts";
import { readKubernetesSettings } from "./kubernetes-settings.ts";
import { podTemplate } from "./pod-template.ts";

const image = `registry.example/holdfast/runner@sha256:${"0".repeat(64)}`;
const references = {
  serviceAccountName: "prod",
  secretName: "prod-credentials-0a1b2c3d",
  selectorLabels: { "app.kubernetes.io/instance": "prod" },
};

async function templateOf(
  args: Partial<KubernetesRunnerArgs> = {},
  identity: KubernetesIdentity = {},
) {
  const settings = readKubernetesSettings(
    "prod",
    {
      namespace: "holdfast",
      image,
      ...(args.existingSecretName === undefined
        ? { credentials: '{"type":"holdfast_runner_credentials","privateKey":"x"}' }
        : {}),
      ...args,
    },
    new ArgumentCheck("Test"),
  );
  return await new Promise<{ metadata: object; spec: object }>((resolve) => {
    pulumi.output(podTemplate(settings, identity, references)).apply((known) => {
      resolve(known as { metadata: object; spec: object });
    });
  });
}

test("the pod is nobody, on a root that it cannot write, without capabilities, ports and a token", async () => {
  expect(await templateOf()).toEqual({
    metadata: {
      labels: { "app.kubernetes.io/instance": "prod" },
      annotations: { "checksum/credentials": expect.stringMatching(/^[0-9a-f]{16}$/) as string },
    },
    spec: {
      serviceAccountName: "prod",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 60,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: 65_532,
        runAsGroup: 65_532,
        fsGroup: 65_532,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map(
        (topologyKey) => ({
          maxSkew: 1,
          topologyKey,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: references.selectorLabels },
          matchLabelKeys: ["pod-template-hash"],
        }),
      ),
      containers: [
        {
          name: "runner",
          image,
          env: [
            { name: "HOLDFAST_CREDENTIALS_FILE", value: "/var/run/holdfast/runner.json" },
            { name: "HOLDFAST_DRAIN_SECONDS", value: expect.stringMatching(/^\d+$/) as string },
            { name: "HOLDFAST_LOG_LEVEL", value: "info" },
            { name: "HOLDFAST_OPERATIONS_MAX", value: "32" },
          ],
          securityContext: {
            runAsNonRoot: true,
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            capabilities: { drop: ["ALL"] },
          },
          resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "512Mi" } },
          startupProbe: probe(3, 100),
          readinessProbe: probe(10, 3),
          livenessProbe: probe(30, 10),
          terminationMessagePolicy: "FallbackToLogsOnError",
          volumeMounts: [
            { name: "credentials", mountPath: "/var/run/holdfast", readOnly: true },
            { name: "temporary-files", mountPath: "/tmp" },
          ],
        },
      ],
      volumes: [
        {
          name: "credentials",
          secret: {
            secretName: "prod-credentials-0a1b2c3d",
            defaultMode: 0o440,
            items: [{ key: "runner.json", path: "runner.json" }],
          },
        },
        { name: "temporary-files", emptyDir: { medium: "Memory", sizeLimit: "64Mi" } },
      ],
    },
  });
});

function probe(periodSeconds: number, failureThreshold: number): object {
  const command = ["/usr/bin/holdfast-runner", "health"];
  return { exec: { command }, timeoutSeconds: 10, periodSeconds, failureThreshold };
}

test("a token is mounted only where access to the cluster was asked for, and ends within the hour", async () => {
  const kubernetesAccess = { operations: ["kubernetes.pods.list"], namespaces: ["team"] };
  const { spec } = await templateOf({ kubernetesAccess });
  expect(spec).toMatchObject({
    automountServiceAccountToken: false,
    containers: [
      {
        volumeMounts: [
          {},
          {},
          { mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
        ],
      },
    ],
    volumes: [
      {},
      {},
      {
        projected: {
          defaultMode: 0o440,
          sources: [
            { serviceAccountToken: { path: "token", expirationSeconds: 3_600 } },
            { configMap: { name: "kube-root-ca.crt" } },
            { downwardAPI: {} },
          ],
        },
      },
    ],
  });
});

test("a cloud adds labels and nodes, and cannot take away the labels that tell the pods apart", async () => {
  const { metadata, spec } = await templateOf(
    { tags: { team: "a" }, nodeSelector: { disk: "fast" } },
    {
      podLabels: { "azure.workload.identity/use": "true", "app.kubernetes.io/instance": "other" },
      nodeSelector: { "iam.gke.io/gke-metadata-server-enabled": "true" },
    },
  );
  expect(metadata).toMatchObject({
    labels: {
      team: "a",
      "azure.workload.identity/use": "true",
      "app.kubernetes.io/instance": "prod",
    },
  });
  expect(spec).toMatchObject({
    nodeSelector: { disk: "fast", "iam.gke.io/gke-metadata-server-enabled": "true" },
  });
});

test("a Secret that exists is mounted by its own key, and the token stands for its content", async () => {
  const existing = { existingSecretName: "mine", existingSecretKey: "credentials.json" };
  const { metadata, spec } = await templateOf({ ...existing, rolloutToken: "2027-01" });
  expect(metadata).toMatchObject({ annotations: { "checksum/credentials": "2027-01" } });
  expect(spec).toMatchObject({
    volumes: [{ secret: { items: [{ key: "credentials.json", path: "runner.json" }] } }, {}],
  });
});

test("user namespaces, pull secrets and a priority are there only where they were asked for", async () => {
  const { spec } = await templateOf({
    userNamespace: true,
    imagePullSecretNames: ["registry"],
    priorityClassName: "high",
  });
  expect(spec).toMatchObject({
    hostUsers: false,
    imagePullSecrets: [{ name: "registry" }],
    priorityClassName: "high",
  });
});
