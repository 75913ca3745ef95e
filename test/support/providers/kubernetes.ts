import { randomUUID } from "node:crypto";
import {
  type InputProblem,
  isValues,
  type StandInProvider,
  type StandInResource,
  textOf,
  type Value,
  type Values,
  valueAt,
} from "./stand-in-provider.ts";

/** What differs from a bare cluster. */
export interface KubernetesStandInOptions {
  /** Tokens of further kinds of custom resources, such as `kubernetes:example.org/v1:Widget`. */
  readonly customKinds?: readonly string[];
}

/**
 * The stand-in for `kubernetes` (pulumi-kubernetes 4): names, what replaces, echoed objects. What it does NOT
 * prove: admission, defaults that the API server fills in, that pods start, and the types of custom resources.
 * The real cluster's test does.
 */
export function kubernetesStandIn({
  customKinds = [],
}: KubernetesStandInOptions = {}): StandInProvider {
  const publishedAs = "kubernetes:apiextensions.k8s.io:CustomResource";
  const custom = [...knownCustomKinds, ...customKinds].map((token): [string, StandInResource] => [
    token,
    kind({ scope: "namespace", publishedAs }),
  ]);
  return {
    packageName: "kubernetes",
    resources: { ...builtInKinds, ...Object.fromEntries(custom) },
  };
}

/** Kinds of cert-manager and of the CSI secret store that components may use. */
const knownCustomKinds = [
  "kubernetes:cert-manager.io/v1:Certificate",
  "kubernetes:cert-manager.io/v1:CertificateRequest",
  "kubernetes:cert-manager.io/v1:Issuer",
  "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
  "kubernetes:external-secrets.io/v1:ExternalSecret",
] as const;

/** Fields whose change replaces, beside name and namespace: pulumi-kubernetes, provider/pkg/provider/diff.go. */
const builtInKinds: Readonly<Record<string, StandInResource>> = {
  "kubernetes:core/v1:Namespace": kind({ scope: "cluster" }),
  "kubernetes:core/v1:ServiceAccount": kind({ scope: "namespace" }),
  // Replaced whether or not it is immutable: the provider's enableSecretMutable is off unless asked for.
  "kubernetes:core/v1:Secret": kind({
    scope: "namespace",
    replaceOn: ["type", "data", "stringData", "immutable"],
    secretOutputs: ["data", "stringData"],
    more: ({ data, stringData }) => ({ data: { ...encoded(stringData), ...objectOf(data) } }),
  }),
  "kubernetes:core/v1:ConfigMap": kind({
    scope: "namespace",
    replaceOn: ["data", "binaryData", "immutable"],
  }),
  "kubernetes:apps/v1:Deployment": kind({
    scope: "namespace",
    replaceOn: ["spec.selector"],
    more: ({ spec }) => ({
      status: { availableReplicas: valueAt(spec, "replicas") ?? 1, observedGeneration: 1 },
    }),
    check: selectorProblems,
  }),
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": kind({ scope: "namespace" }),
  "kubernetes:policy/v1:PodDisruptionBudget": kind({ scope: "namespace" }),
  "kubernetes:rbac.authorization.k8s.io/v1:Role": kind({ scope: "namespace" }),
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": kind({
    scope: "namespace",
    replaceOn: ["roleRef"],
  }),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole": kind({ scope: "cluster" }),
  "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": kind({
    scope: "cluster",
    replaceOn: ["roleRef"],
  }),
};

/** How one kind differs from every other. */
interface Kind {
  readonly scope: "cluster" | "namespace";
  readonly replaceOn?: readonly string[];
  readonly secretOutputs?: readonly string[];
  readonly publishedAs?: string;
  /** Outputs beside the object itself. */
  more?(inputs: Values): Values;
  check?(inputs: Values): readonly InputProblem[];
}

function kind({ scope, replaceOn = [], more, check, ...rest }: Kind): StandInResource {
  const object = (inputs: Values, metadata: Values): Values => ({
    ...more?.(inputs),
    metadata: { ...objectOf(inputs["metadata"]), ...metadata },
  });
  return {
    ...rest,
    replaceOn: ["apiVersion", "kind", "metadata.name", "metadata.namespace", ...replaceOn],
    // pulumi-kubernetes, provider/pkg/metadata/naming.go: eight hexadecimal digits.
    autoName: { property: "metadata.name", digits: 8 },
    // The API server takes a name once for each kind and namespace.
    deleteBeforeReplace: true,
    check: (inputs) => [...metadataProblems(inputs), ...(check?.(inputs) ?? [])],
    create: async (inputs) => {
      const name = String(valueAt(inputs, "metadata.name"));
      const namespace = String(valueAt(inputs, "metadata.namespace") ?? "default");
      const place = scope === "cluster" ? {} : { namespace };
      return {
        id: scope === "cluster" ? name : `${namespace}/${name}`,
        outputs: object(inputs, { ...place, uid: randomUUID(), generation: 1 }),
      };
    },
    update: async (_id, inputs, state) => {
      const { namespace, uid, generation } = objectOf(state["metadata"]);
      const place: Values = namespace === undefined ? {} : { namespace };
      return object(inputs, {
        ...place,
        uid: uid ?? "",
        generation: Number(generation) + 1,
      });
    },
  };
}

/** A label's value and a name: "Labels and Selectors" and "Object Names and IDs" of the Kubernetes documentation. */
const labelValue = /^(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?$/;
const labelKey =
  /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?$/;
const objectName = /^[a-z0-9](?:[-a-z0-9.:]{0,251}[a-z0-9])?$/;

function metadataProblems(inputs: Values): readonly InputProblem[] {
  const { name, labels, annotations } = objectOf(inputs["metadata"]);
  const wrongName =
    typeof name === "string" && !objectName.test(name)
      ? [{ property: "metadata.name", reason: "must be a DNS subdomain name (RFC 1123)" }]
      : [];
  return [
    ...wrongName,
    ...labelProblems(labels, "metadata.labels"),
    ...labelProblems(
      valueAt(inputs, "spec.template.metadata.labels"),
      "spec.template.metadata.labels",
    ),
    ...Object.keys(objectOf(annotations))
      .filter((key) => !labelKey.test(key))
      .map((key) => ({
        property: `metadata.annotations[${JSON.stringify(key)}]`,
        reason: "has a key that is none",
      })),
  ];
}

function labelProblems(labels: Value | undefined, path: string): readonly InputProblem[] {
  return Object.entries(objectOf(labels)).flatMap(([key, value]) => {
    const property = `${path}[${JSON.stringify(key)}]`;
    const isWrongValue = typeof value === "string" && !labelValue.test(value);
    return [
      ...(labelKey.test(key) ? [] : [{ property, reason: "has a key that is none of a label" }]),
      ...(isWrongValue ? [{ property, reason: "must be the value of a label" }] : []),
    ];
  });
}

/** The API server refuses a Deployment whose selector does not match its template's labels. */
function selectorProblems(inputs: Values): readonly InputProblem[] {
  const labels = objectOf(valueAt(inputs, "spec.template.metadata.labels"));
  return Object.entries(objectOf(valueAt(inputs, "spec.selector.matchLabels")))
    .filter(([key, value]) => typeof value === "string" && labels[key] !== value)
    .map(([key]) => ({
      property: `spec.selector.matchLabels[${JSON.stringify(key)}]`,
      reason: "must be among the labels of the template",
    }));
}

function encoded(stringData: Value | undefined): Values {
  const texts = objectOf(stringData);
  return Object.fromEntries(
    Object.keys(texts).map((key) => [key, Buffer.from(textOf(texts, key)).toString("base64")]),
  );
}

function objectOf(value: Value | undefined): Values {
  return isValues(value) ? value : {};
}
