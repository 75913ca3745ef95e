import { resolve } from "node:path";
import { Provider as AwsProvider } from "@pulumi/aws/provider.js";
import { Provider as KubernetesProvider } from "@pulumi/kubernetes/provider.js";
import { EksRunner } from "holdfast/eks-runner/eks-runner.ts";
import { eksCluster } from "holdfast/eks-runner/eks-trust-policy.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import type { Program } from "../program.ts";

/**
 * A runner on a cluster of Amazon EKS that exists, in a namespace of its own, with EKS Pod Identity.
 *
 * Configuration, beside that of {@link enrolledRunner}: `image`, by digest; `clusterArn`, whose account and region the
 * runner's role is made in, with the credentials that the AWS SDK finds (`AWS_PROFILE`), and which must be that
 * account's; `kubeconfigFile`, a path relative to `folder`, and `kubernetesContext` (default: its current one);
 * `namespace`, which is made here; `targetRoleArns`, a list of roles that the runner may take (default: none);
 * `createPodIdentityAgent` (default: false, the cluster has the agent); `replicas` (default: 2).
 */
export const runnerEks: Program = (config, folder) => {
  const { runner, identity } = enrolledRunner(config, folder);
  const clusterArn = config.require("clusterArn");
  const { region, accountId } = eksCluster(clusterArn);
  const account = new AwsProvider("account", {
    // A text that is longer than the provider's own list of regions.
    region: region as NonNullable<ConstructorParameters<typeof AwsProvider>[1]>["region"],
    allowedAccountIds: [accountId],
  });
  const context = config.get("kubernetesContext");
  const cluster = new KubernetesProvider("cluster", {
    kubeconfig: resolve(folder, config.require("kubeconfigFile")),
    ...(context === undefined ? {} : { context }),
  });
  const workload = new EksRunner(
    "eks-runner",
    {
      clusterArn,
      image: config.require("image"),
      credentials: identity.credentialsFile,
      namespace: config.require("namespace"),
      createNamespace: true,
      targetRoleArns: config.getObject<string[]>("targetRoleArns"),
      createPodIdentityAgent: config.getBoolean("createPodIdentityAgent"),
      replicas: config.getNumber("replicas"),
      tags: { "holdfast-stack": "runner-eks" },
    },
    { providers: [account, cluster] },
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
