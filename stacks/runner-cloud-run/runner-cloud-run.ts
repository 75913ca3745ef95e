import { Provider } from "@pulumi/gcp/provider.js";
import { CloudRunRunner } from "holdfast/cloud-run-runner/cloud-run-runner.ts";
import { GcpTargetGrant } from "holdfast/cross-account/gcp-target-grant.ts";
import { enrolledRunner } from "../enrolled-runner/enrolled-runner.ts";
import { runnerOutputs } from "../enrolled-runner/runner-outputs.ts";
import type { Program } from "../program.ts";

/**
 * A runner on Google Cloud Run, and what it may do in another project.
 *
 * Configuration, beside that of {@link enrolledRunner}: `image`, by digest; `googleProject` and `location`, where it
 * runs; `network` and `subnetwork`, which all its traffic passes, with Cloud NAT; `targetProject` and `targetRole`, a
 * role that it comes by in that project (default: none); `replicas` (default: 2).
 */
export const runnerCloudRun: Program = (config, folder) => {
  const enrolled = enrolledRunner(config, folder);
  const project = config.require("googleProject");
  const google = new Provider("google", { project });
  const workload = new CloudRunRunner(
    "cloud-run-runner",
    {
      image: config.require("image"),
      credentials: enrolled.identity.credentialsFile,
      project,
      location: config.require("location"),
      network: config.require("network"),
      subnetwork: config.require("subnetwork"),
      replicas: config.getNumber("replicas"),
      tags: { "managed-by": "holdfast" },
    },
    { providers: [google] },
  );
  const targetProject = config.get("targetProject");
  const grant =
    targetProject === undefined
      ? undefined
      : new GcpTargetGrant(
          "target",
          {
            project: targetProject,
            principal: workload.identityPrincipal,
            roles: { target: { role: config.require("targetRole") } },
          },
          { providers: [new Provider("target", { project: targetProject })] },
        );
  return {
    ...runnerOutputs(enrolled, workload),
    targetServiceAccountEmail: grant?.serviceAccountEmail,
  };
};
