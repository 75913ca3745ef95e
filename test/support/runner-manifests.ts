/** What a runner's pod is made of. */
export interface RunnerPod {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  /** Text of the credentials file. */
  readonly credentials: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Files of a policy folder, by name; mounted at `/etc/holdfast`. */
  readonly policy?: string;
  /** PEM of the authorities that programs in the pod trust, in place of the image's. */
  readonly authoritiesPem?: string;
  /** Namespace in which it may list pods and read their logs. */
  readonly mayRead?: string;
}

/** Security context of a container that Pod Security's level `restricted` lets in. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

/** Security context of a pod that Pod Security's level `restricted` lets in. */
export const restrictedPod = {
  runAsNonRoot: true,
  runAsUser: 65_532,
  runAsGroup: 65_532,
  fsGroup: 65_532,
  seccompProfile: { type: "RuntimeDefault" },
};

/** A namespace that takes only pods of the level `restricted`. */
export function restrictedNamespace(name: string): object {
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

/** A runner as docs/runner.md describes its deployment, as one pod with all that it needs. */
export function runnerManifests(pod: RunnerPod): readonly object[] {
  const metadata = { name: pod.name, namespace: pod.namespace };
  return [
    { apiVersion: "v1", kind: "ServiceAccount", metadata },
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      stringData: { "runner.json": pod.credentials },
    },
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata,
      data: {
        ...(pod.policy === undefined ? {} : { "policy.yaml": pod.policy }),
        ...(pod.authoritiesPem === undefined ? {} : { [authoritiesFile]: pod.authoritiesPem }),
      },
    },
    ...(pod.mayRead === undefined ? [] : readingRole(pod, pod.mayRead)),
    { apiVersion: "v1", kind: "Pod", metadata, spec: podSpec(pod) },
  ];
}

function readingRole({ name, namespace }: RunnerPod, mayRead: string): readonly object[] {
  const group = "rbac.authorization.k8s.io";
  const metadata = { name, namespace: mayRead };
  return [
    {
      apiVersion: `${group}/v1`,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] }],
    },
    {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: group, kind: "Role", name },
      subjects: [{ kind: "ServiceAccount", name, namespace }],
    },
  ];
}

const authoritiesFile = "ca-certificates.crt";
const authoritiesMount = {
  name: "policy",
  mountPath: `/etc/ssl/certs/${authoritiesFile}`,
  subPath: authoritiesFile,
  readOnly: true,
};

function podSpec(pod: RunnerPod): object {
  const probe = { exec: { command: ["/usr/bin/holdfast-runner", "health"] }, timeoutSeconds: 10 };
  const environment = {
    HOLDFAST_CREDENTIALS_FILE: "/var/run/holdfast/runner.json",
    ...(pod.policy === undefined ? {} : { HOLDFAST_POLICY_FILE: "/etc/holdfast/policy.yaml" }),
    ...pod.environment,
  };
  return {
    serviceAccountName: pod.name,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 30,
    securityContext: restrictedPod,
    containers: [
      {
        name: "runner",
        image: pod.image,
        imagePullPolicy: "Never",
        env: Object.entries(environment).map(([name, value]) => ({ name, value })),
        securityContext: restrictedContainer,
        readinessProbe: { ...probe, periodSeconds: 2 },
        livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
        volumeMounts: [
          { name: "credentials", mountPath: "/var/run/holdfast", readOnly: true },
          { name: "policy", mountPath: "/etc/holdfast", readOnly: true },
          { name: "tmp", mountPath: "/tmp" },
          ...(pod.authoritiesPem === undefined ? [] : [authoritiesMount]),
        ],
      },
    ],
    volumes: [
      { name: "credentials", secret: { secretName: pod.name, defaultMode: 0o440 } },
      { name: "policy", configMap: { name: pod.name } },
      { name: "tmp", emptyDir: { medium: "Memory" } },
    ],
  };
}
