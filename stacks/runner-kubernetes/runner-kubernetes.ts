import { KubernetesRunner } from "holdfast/kubernetes-runner/kubernetes-runner.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import { runnerOutputs } from "../enrolled-runner/runner-outputs.ts";
import { kubernetesCluster } from "../places/kubernetes-cluster.ts";
import type { Program } from "../program.ts";

/** What the runner may do in its own cluster, in the namespaces of `readNamespaces`. */
const operations = [
  "kubernetes.pods.list",
  "kubernetes.pods.get",
  "kubernetes.pods.logs",
  "kubernetes.deployments.list",
];

/**
 * A runner on any Kubernetes cluster, in a namespace of its own.
 *
 * Configuration, beside that of {@link enrolledRunner}: `image`, by digest; `namespace`, which is made here;
 * `kubeconfigFile`, a path relative to `folder`, and `kubernetesContext`, one of its contexts (default: its
 * current one); `readNamespaces`, a list of namespaces whose pods and deployments the runner may read (default:
 * none); `replicas` (default: 2).
 */
export const runnerKubernetes: Program = (config, folder) => {
  const enrolled = enrolledRunner(config, folder);
  const cluster = kubernetesCluster(config, folder);
  const namespaces = config.getObject<string[]>("readNamespaces") ?? [];
  const workload = new KubernetesRunner(
    "kubernetes-runner",
    {
      image: config.require("image"),
      credentials: enrolled.identity.credentialsFile,
      namespace: config.require("namespace"),
      createNamespace: true,
      replicas: config.getNumber("replicas"),
      kubernetesAccess: namespaces.length === 0 ? undefined : { operations, namespaces },
    },
    { providers: [cluster] },
  );
  return runnerOutputs(enrolled, workload);
};
