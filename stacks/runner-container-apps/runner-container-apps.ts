import { Provider } from "@pulumi/azure-native/provider.js";
import { ContainerAppsRunner } from "holdfast/container-apps-runner/container-apps-runner.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import { runnerOutputs } from "../enrolled-runner/runner-outputs.ts";
import type { Program } from "../program.ts";

/**
 * A runner on Azure Container Apps, with a subnet, an environment and a Key Vault of its own, in a virtual
 * network that exists.
 *
 * Configuration, beside that of {@link enrolledRunner}: `image`, by digest; `subscriptionId` and `tenantId`,
 * whose credentials Azure's SDK finds (`az login`); `resourceGroupName`, and `location` (default: that of the
 * resource group); `virtualNetworkName`, in the same resource group, and `subnetCidrBlock`, a /27 or larger
 * of it; `registryServer` and `registryId`, of a container registry (default: the image is public);
 * `logWorkspaceId` (default: no log is kept); `replicas` (default: 2).
 */
export const runnerContainerApps: Program = (config, folder) => {
  const enrolled = enrolledRunner(config, folder);
  const subscription = new Provider("subscription", {
    subscriptionId: config.require("subscriptionId"),
    tenantId: config.require("tenantId"),
  });
  const workload = new ContainerAppsRunner(
    "runner-in-apps",
    {
      image: config.require("image"),
      credentials: enrolled.identity.credentialsFile,
      resourceGroupName: config.require("resourceGroupName"),
      location: config.get("location"),
      network: {
        virtualNetworkName: config.require("virtualNetworkName"),
        subnetCidrBlock: config.require("subnetCidrBlock"),
        logWorkspaceId: config.get("logWorkspaceId"),
      },
      registryServer: config.get("registryServer"),
      registryId: config.get("registryId"),
      replicas: config.getNumber("replicas"),
      tags: { "holdfast-stack": "runner-container-apps" },
    },
    { providers: [subscription] },
  );
  return runnerOutputs(enrolled, workload);
};
