import type { input } from "@pulumi/kubernetes/types/index.js";
import * as pulumi from "@pulumi/pulumi";
import { runnerImage } from "../runner-workload/runner-image.ts";
import type { KubernetesIdentity } from "./kubernetes-identity.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";

/** What a pod refers to by name. */
export interface PodReferences {
  readonly serviceAccountName: pulumi.Input<string>;
  /** Secret with the credentials file. */
  readonly secretName: pulumi.Input<string>;
  /** Labels that tell the pods of this runner from all others. */
  readonly selectorLabels: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Where the kubelet would mount a service account's token; the pods get a token of their own there, or none. */
const tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount";

/** Owner and group may read, nobody may write; the runner is in the group (`fsGroup`). */
const readOnlyMode = 0o440;

/** How long a runner may be without a round trip until its container is started anew, in seconds. */
const offlineSecondsMax = 300;

/**
 * The pods of a runner, as Pod Security's level `restricted` lets them in.
 *
 * source: Kubernetes documentation, "Pod Security Standards", "Restricted".
 */
export function podTemplate(
  settings: KubernetesSettings,
  identity: KubernetesIdentity,
  references: PodReferences,
): input.core.v1.PodTemplateSpec {
  const { runner } = settings;
  return {
    metadata: {
      labels: { ...settings.labels, ...identity.podLabels, ...references.selectorLabels },
      // Another fingerprint rolls the pods, even if the Secret's name stays.
      annotations: { "checksum/credentials": runner.credentialsFingerprint },
    },
    spec: {
      serviceAccountName: references.serviceAccountName,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      ...(settings.userNamespace ? { hostUsers: false } : {}),
      terminationGracePeriodSeconds: runner.terminationGraceSeconds,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: runnerImage.userId,
        runAsGroup: runnerImage.userId,
        fsGroup: runnerImage.userId,
        fsGroupChangePolicy: "OnRootMismatch",
        seccompProfile: { type: "RuntimeDefault" },
      },
      ...scheduling(settings, identity, references),
      ...(settings.imagePullSecretNames.length === 0
        ? {}
        : { imagePullSecrets: settings.imagePullSecretNames.map((name) => ({ name })) }),
      containers: [container(settings)],
      volumes: volumes(settings, references),
    },
  };
}

function scheduling(
  settings: KubernetesSettings,
  identity: KubernetesIdentity,
  { selectorLabels }: PodReferences,
): Partial<input.core.v1.PodSpec> {
  const nodeSelector = { ...settings.nodeSelector, ...identity.nodeSelector };
  const spread = (topologyKey: string): input.core.v1.TopologySpreadConstraint => ({
    maxSkew: 1,
    topologyKey,
    // A cluster of one zone, or of one node, is no reason not to run.
    whenUnsatisfiable: "ScheduleAnyway",
    labelSelector: { matchLabels: selectorLabels },
    // Only pods of the same revision count; those on their way out would distort a rolling update.
    matchLabelKeys: ["pod-template-hash"],
  });
  return {
    topologySpreadConstraints: [
      spread("topology.kubernetes.io/zone"),
      spread("kubernetes.io/hostname"),
    ],
    ...(Object.keys(nodeSelector).length === 0 ? {} : { nodeSelector }),
    ...(settings.priorityClassName === undefined
      ? {}
      : { priorityClassName: settings.priorityClassName }),
  };
}

function container(settings: KubernetesSettings): input.core.v1.Container {
  const { runner } = settings;
  const memory = pulumi.interpolate`${runner.memoryMebibytes}Mi`;
  const health = { exec: { command: [...runnerImage.healthCommand] }, timeoutSeconds: 10 };
  return {
    name: "runner",
    image: runner.image,
    env: environment(settings),
    securityContext: {
      runAsNonRoot: true,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    resources: {
      requests: { cpu: pulumi.interpolate`${runner.cpuMillicores}m`, memory },
      // No limit of the processor: what is idle may be used, and a throttled runner misses its heartbeats.
      limits: { memory },
    },
    startupProbe: { ...health, periodSeconds: 3, failureThreshold: offlineSecondsMax / 3 },
    readinessProbe: { ...health, periodSeconds: 10, failureThreshold: 3 },
    livenessProbe: { ...health, periodSeconds: 30, failureThreshold: offlineSecondsMax / 30 },
    // The first error line says which of the two phases was refused, and why.
    terminationMessagePolicy: "FallbackToLogsOnError",
    volumeMounts: [
      { name: "credentials", mountPath: runnerImage.credentialsFolder, readOnly: true },
      { name: "temporary-files", mountPath: runnerImage.temporaryFolder },
      ...(settings.kubernetesAccess === undefined
        ? []
        : [{ name: "kubernetes-access", mountPath: tokenFolder, readOnly: true }]),
    ],
  };
}

function environment({ runner }: KubernetesSettings): input.core.v1.EnvVar[] {
  const { credentialsFolder, credentialsFileName } = runnerImage;
  const variables = {
    ...runner.environment,
    HOLDFAST_CREDENTIALS_FILE: `${credentialsFolder}/${credentialsFileName}`,
  };
  return Object.entries(variables)
    .map(([name, value]) => ({ name, value }))
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
}

function volumes(
  settings: KubernetesSettings,
  { secretName }: PodReferences,
): input.core.v1.Volume[] {
  const items = [{ key: settings.secretKey, path: runnerImage.credentialsFileName }];
  return [
    { name: "credentials", secret: { secretName, defaultMode: readOnlyMode, items } },
    {
      name: "temporary-files",
      // In memory: what an operation wrote there is gone with the pod.
      emptyDir: {
        medium: "Memory",
        sizeLimit: pulumi.interpolate`${settings.temporaryFilesMebibytes}Mi`,
      },
    },
    ...(settings.kubernetesAccess === undefined ? [] : [tokenVolume]),
  ];
}

/** What the kubelet would mount by itself, but for one hour only, and only where it was asked for. */
const tokenVolume: input.core.v1.Volume = {
  name: "kubernetes-access",
  projected: {
    defaultMode: readOnlyMode,
    sources: [
      { serviceAccountToken: { path: "token", expirationSeconds: 3_600 } },
      { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      {
        downwardAPI: {
          items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }],
        },
      },
    ],
  },
};
