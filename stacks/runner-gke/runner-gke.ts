import { Provider as GoogleProvider } from "@pulumi/gcp/provider.js";
import { GcpGrantMode } from "holdfast/cross-account/gcp-grant-mode.ts";
import { GcpTargetGrant } from "holdfast/cross-account/gcp-target-grant.ts";
import { GkeRunner } from "holdfast/gke-runner/gke-runner.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import { runnerOutputs } from "../enrolled-runner/runner-outputs.ts";
import { kubernetesCluster } from "../places/kubernetes-cluster.ts";
import type { Program } from "../program.ts";

/**
 * A runner on Google Kubernetes Engine, in a namespace of its own, as a principal of IAM by itself.
 *
 * Configuration, beside that of {@link enrolledRunner} and {@link kubernetesCluster}: `image`, by digest; `namespace`,
 * which is made here and which no other cluster of the project has; `googleProject`, the cluster's, and
 * `googleProjectNumber`; `autopilot` (default: false); `projectRole`, a role in that project (default: none); `replicas`
 * (default: 2).
 */
export const runnerGke: Program = (config, folder) => {
  const enrolled = enrolledRunner(config, folder);
  const project = config.require("googleProject");
  const google = new GoogleProvider("google", { project });
  const workload = new GkeRunner(
    "gke-runner",
    {
      image: config.require("image"),
      credentials: enrolled.identity.credentialsFile,
      namespace: config.require("namespace"),
      createNamespace: true,
      project,
      projectNumber: config.require("googleProjectNumber"),
      autopilot: config.getBoolean("autopilot"),
      replicas: config.getNumber("replicas"),
    },
    { providers: [google, kubernetesCluster(config, folder)] },
  );
  const role = config.get("projectRole");
  if (role !== undefined) {
    const principal = workload.identityPrincipal;
    new GcpTargetGrant(
      "project",
      { project, principal, mode: GcpGrantMode.Direct, roles: { project: { role } } },
      { providers: [google] },
    );
  }
  return runnerOutputs(enrolled, workload);
};
