import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { grantKubernetesAccess, type KubernetesScope } from "../cross-account/kubernetes-access.ts";
import type { KubernetesIdentity } from "./kubernetes-identity.ts";
import type { KubernetesSettings } from "./kubernetes-settings.ts";
import { networkPolicySpec } from "./network-policy.ts";
import { podTemplate } from "./pod-template.ts";

/** What a runner on Kubernetes consists of, for its component to put out. */
export interface KubernetesWorkload {
  readonly namespace: pulumi.Output<string>;
  readonly serviceAccountName: pulumi.Output<string>;
  /** The service account as RBAC knows it: `system:serviceaccount:NAMESPACE:NAME`. */
  readonly serviceAccountPrincipal: pulumi.Output<string>;
  /** The Secret with the credentials file: `NAMESPACE/NAME`. */
  readonly secretReference: pulumi.Output<string>;
  readonly credentialsFingerprint: pulumi.Output<string>;
  /** Name of the Deployment. */
  readonly workloadName: pulumi.Output<string>;
}

/** The objects that everything else refers to, and their labels. */
interface Surroundings {
  readonly scope: KubernetesScope;
  readonly namespace: pulumi.Output<string>;
  /** Labels of every object. */
  readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
  /** Labels that tell the pods of this runner from all others; a Deployment's selector cannot be changed. */
  readonly selectorLabels: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * Makes a runner on Kubernetes, as children of the component: service account, Secret, rights, network policy,
 * disruption budget, Deployment.
 *
 * guarantee: a changed Secret is there before the pods move to it, and the earlier one goes when they have.
 */
export function kubernetesWorkload(
  scope: KubernetesScope,
  settings: KubernetesSettings,
  identity: KubernetesIdentity = {},
): KubernetesWorkload {
  const surroundings = makeSurroundings(scope, settings);
  const { namespace } = surroundings;
  const serviceAccount = makeServiceAccount(surroundings, settings, identity);
  const serviceAccountName = serviceAccount.metadata.name;
  const secretName = makeSecret(surroundings, settings);
  const rights =
    settings.kubernetesAccess === undefined
      ? []
      : grantKubernetesAccess(
          surroundings.scope,
          settings.kubernetesAccess,
          { kind: "ServiceAccount", name: serviceAccountName, namespace },
          surroundings.labels,
        ).bindings;
  const networkPolicy = makeNetworkPolicy(surroundings, settings, identity);
  makeDisruptionBudget(surroundings);
  const deployment = makeDeployment(surroundings, settings, identity, {
    serviceAccountName,
    secretName,
    startAfter: [...rights, networkPolicy, ...(identity.startAfter ?? [])],
  });
  return {
    namespace,
    serviceAccountName,
    serviceAccountPrincipal: pulumi.interpolate`system:serviceaccount:${namespace}:${serviceAccountName}`,
    secretReference: pulumi.interpolate`${namespace}/${secretName}`,
    credentialsFingerprint: settings.runner.credentialsFingerprint,
    workloadName: deployment.metadata.name,
  };
}

function makeSurroundings(scope: KubernetesScope, settings: KubernetesSettings): Surroundings {
  const selectorLabels = {
    "app.kubernetes.io/name": "holdfast-runner",
    // No other runner of the namespace has it; and a renamed component keeps its pods.
    "app.kubernetes.io/instance": settings.serviceAccountName,
  };
  const labels = { ...settings.labels, ...selectorLabels };
  if (!settings.createNamespace) {
    return { scope, namespace: pulumi.output(settings.namespace), labels, selectorLabels };
  }
  const namespace = makeNamespace(scope, settings.namespace, labels);
  return {
    scope: { ...scope, startAfter: [namespace] },
    namespace: namespace.metadata.name,
    labels,
    selectorLabels,
  };
}

/** A namespace that takes only pods of the level `restricted`, and warns of others in what would make them. */
function makeNamespace(
  { name, parent }: KubernetesScope,
  namespace: pulumi.Input<string>,
  labels: Surroundings["labels"],
): Namespace {
  const levels = ["enforce", "warn", "audit"].map((mode): [string, string] => [
    `pod-security.kubernetes.io/${mode}`,
    "restricted",
  ]);
  return new Namespace(
    `${name}-namespace`,
    { metadata: { name: namespace, labels: { ...labels, ...Object.fromEntries(levels) } } },
    { parent },
  );
}

function makeServiceAccount(
  { scope, namespace, labels }: Surroundings,
  { serviceAccountName }: KubernetesSettings,
  { serviceAccountAnnotations }: KubernetesIdentity,
): ServiceAccount {
  return new ServiceAccount(
    `${scope.name}-service-account`,
    {
      metadata: {
        name: serviceAccountName,
        namespace,
        labels,
        ...(serviceAccountAnnotations === undefined
          ? {}
          : { annotations: serviceAccountAnnotations }),
      },
      automountServiceAccountToken: false,
    },
    { parent: scope.parent },
  );
}

/** The name of the Secret, made here or not. */
function makeSecret(
  { scope, namespace, labels }: Surroundings,
  { runner, existingSecretName, secretKey }: KubernetesSettings,
): pulumi.Output<string> {
  if (existingSecretName !== undefined || runner.credentials === undefined) {
    return pulumi.output(existingSecretName ?? "");
  }
  // Without a name of ours: with one, the Secret would be deleted before the next is made, and the
  // Deployment with it. The next one's new name is what rolls the pods.
  const secret = new Secret(
    `${scope.name}-credentials`,
    {
      metadata: { namespace, labels },
      type: "Opaque",
      immutable: true,
      stringData: pulumi
        .all([secretKey, runner.credentials])
        .apply(([key, credentials]) => ({ [key]: credentials })),
    },
    { parent: scope.parent },
  );
  return secret.metadata.name;
}

function makeNetworkPolicy(
  { scope, namespace, labels, selectorLabels }: Surroundings,
  { runner, kubernetesAccess }: KubernetesSettings,
  { egress: exceptions = [] }: KubernetesIdentity,
): NetworkPolicy {
  return new NetworkPolicy(
    `${scope.name}-network-policy`,
    {
      metadata: { namespace, labels },
      spec: networkPolicySpec({
        egress: runner.egress,
        exceptions,
        callsApiServer: kubernetesAccess !== undefined,
        podSelector: selectorLabels,
      }),
    },
    { parent: scope.parent },
  );
}

function makeDisruptionBudget({ scope, namespace, labels, selectorLabels }: Surroundings): void {
  new PodDisruptionBudget(
    `${scope.name}-disruption-budget`,
    {
      metadata: { namespace, labels },
      spec: {
        selector: { matchLabels: selectorLabels },
        maxUnavailable: 1,
        // A runner that is not connected does nothing that a drain of its node could disturb.
        unhealthyPodEvictionPolicy: "AlwaysAllow",
      },
    },
    { parent: scope.parent },
  );
}

interface DeploymentNeeds {
  readonly serviceAccountName: pulumi.Output<string>;
  readonly secretName: pulumi.Output<string>;
  readonly startAfter: readonly pulumi.Resource[];
}

function makeDeployment(
  { scope, namespace, labels, selectorLabels }: Surroundings,
  settings: KubernetesSettings,
  identity: KubernetesIdentity,
  { serviceAccountName, secretName, startAfter }: DeploymentNeeds,
): Deployment {
  const references = { serviceAccountName, secretName, selectorLabels };
  // Later than Kubernetes' own limit, so that the provider has that to tell too.
  const limit = `${settings.rolloutSecondsMax + 10}s`;
  return new Deployment(
    `${scope.name}-deployment`,
    {
      metadata: { namespace, labels },
      spec: {
        replicas: settings.runner.replicas,
        selector: { matchLabels: selectorLabels },
        // A new runner is connected before an earlier one is told to stop.
        strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
        minReadySeconds: 5,
        progressDeadlineSeconds: settings.rolloutSecondsMax,
        revisionHistoryLimit: 3,
        template: podTemplate(settings, identity, references),
      },
    },
    {
      parent: scope.parent,
      dependsOn: [...startAfter],
      customTimeouts: { create: limit, update: limit },
    },
  );
}
