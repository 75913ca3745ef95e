import { EksRunner } from "holdfast/eks-runner/eks-runner.ts";
import { eksCluster } from "holdfast/eks-runner/eks-trust-policy.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import { runnerOutputs } from "../enrolled-runner/runner-outputs.ts";
import { awsAccount } from "../places/aws-account.ts";
import { kubernetesCluster } from "../places/kubernetes-cluster.ts";
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
  const enrolled = enrolledRunner(config, folder);
  const clusterArn = config.require("clusterArn");
  const account = awsAccount(eksCluster(clusterArn));
  const cluster = kubernetesCluster(config, folder);
  const workload = new EksRunner(
    "eks-runner",
    {
      clusterArn,
      image: config.require("image"),
      credentials: enrolled.identity.credentialsFile,
      namespace: config.require("namespace"),
      createNamespace: true,
      targetRoleArns: config.getObject<string[]>("targetRoleArns"),
      createPodIdentityAgent: config.getBoolean("createPodIdentityAgent"),
      replicas: config.getNumber("replicas"),
      tags: { "holdfast-stack": "runner-eks" },
    },
    { providers: [account, cluster] },
  );
  return runnerOutputs(enrolled, workload);
};
