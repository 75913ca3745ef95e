import { resolve } from "node:path";
import { Provider } from "@pulumi/kubernetes/provider.js";
import type * as pulumi from "@pulumi/pulumi";

/**
 * The cluster that a stack deploys to.
 *
 * Configuration: `kubeconfigFile`, a path relative to `folder`, and `kubernetesContext`, one of its contexts (default:
 * its current one).
 */
export function kubernetesCluster(config: pulumi.Config, folder: string): Provider {
  const context = config.get("kubernetesContext");
  return new Provider("cluster", {
    kubeconfig: resolve(folder, config.require("kubeconfigFile")),
    ...(context === undefined ? {} : { context }),
  });
}
