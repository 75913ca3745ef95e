import { Provider as AzureProvider } from "@pulumi/azure-native/provider.js";
import { AksRunner } from "holdfast/aks-runner/aks-runner.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import { runnerOutputs } from "../enrolled-runner/runner-outputs.ts";
import { kubernetesCluster } from "../places/kubernetes-cluster.ts";
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
  const enrolled = enrolledRunner(config, folder);
  const subscription = new AzureProvider("subscription", {
    subscriptionId: config.require("subscriptionId"),
    tenantId: config.require("tenantId"),
  });
  const cluster = kubernetesCluster(config, folder);
  const workload = new AksRunner(
    "aks-runner",
    {
      image: config.require("image"),
      credentials: enrolled.identity.credentialsFile,
      resourceGroupName: config.require("resourceGroupName"),
      oidcIssuerUrl: config.require("oidcIssuerUrl"),
      namespace: config.require("namespace"),
      createNamespace: true,
      replicas: config.getNumber("replicas"),
      tags: { "holdfast-stack": "runner-aks" },
    },
    { providers: [subscription, cluster] },
  );
  return runnerOutputs(enrolled, workload);
};
