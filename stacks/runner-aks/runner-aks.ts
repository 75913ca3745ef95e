import { resolve } from "node:path";
import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import { AksRunner } from "holdfast/aks-runner/aks-runner.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import type { Program } from "../program.ts";

/**
 * A runner on a cluster of AKS that exists, in a namespace of its own, with an identity in Azure.
 *
 * Configuration, beside that of {@link enrolledRunner}: `image`, by digest; `subscriptionId` and `tenantId`,
 * whose credentials Azure's SDK finds (`az login`); `resourceGroupName`, for the identity; `oidcIssuerUrl`, the
 * cluster's, with the slash at its end; `kubeconfigFile`, a path relative to `folder`, and `kubernetesContext`
 * (default: its current one); `namespace`, which is made here; `replicas` (default: 2).
 */
export const runnerAks: Program = (config, folder) => {
  const { runner, identity } = enrolledRunner(config, folder);
  const subscription = new AzureProvider("subscription", {
    subscriptionId: config.require("subscriptionId"),
    tenantId: config.require("tenantId"),
  });
  const context = config.get("kubernetesContext");
  const cluster = new KubernetesProvider("cluster", {
    kubeconfig: resolve(folder, config.require("kubeconfigFile")),
    ...(context === undefined ? {} : { context }),
  });
  const workload = new AksRunner(
    "aks-runner",
    {
      image: config.require("image"),
      credentials: identity.credentialsFile,
      resourceGroupName: config.require("resourceGroupName"),
      oidcIssuerUrl: config.require("oidcIssuerUrl"),
      namespace: config.require("namespace"),
      createNamespace: true,
      replicas: config.getNumber("replicas"),
      tags: { "holdfast-stack": "runner-aks" },
    },
    { providers: [subscription, cluster] },
  );
  return {
    runnerId: runner.id,
    generation: identity.generation,
    identityPrincipal: workload.identityPrincipal,
    secretReference: workload.secretReference,
    credentialsFingerprint: workload.credentialsFingerprint,
    workloadName: workload.workloadName,
  };
};
