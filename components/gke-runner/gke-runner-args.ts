import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesRunnerArgs } from "../kubernetes-runner/kubernetes-runner-args.ts";
import type { GkeIdentityMode } from "./gke-identity-mode.ts";

/**
 * What a runner on GKE takes, beside what every runner on Kubernetes takes.
 *
 * The cluster must have Workload Identity Federation for GKE (`workloadIdentityConfig.workloadPool`). Any cluster of
 * the project with the same `namespace` and `serviceAccountName` has the same identity: use a namespace that no
 * other cluster of it has.
 */
export interface GkeRunnerArgs extends KubernetesRunnerArgs {
  /** Id of the cluster's project, which its pool of identities is named after. */
  readonly project: pulumi.Input<string>;
  /** Number of that project: needed for the mode `direct`, whose principal it is part of. */
  readonly projectNumber?: pulumi.Input<string> | undefined;
  /** Default: `direct`. */
  readonly identityMode?: GkeIdentityMode;
  /** Email of a service account of Google Cloud to impersonate, in place of a new one in `project`. Only with the
   * mode `impersonation`. */
  readonly googleServiceAccountEmail?: pulumi.Input<string> | undefined;
  /** Whether the cluster is an Autopilot one: all its nodes give identities, and it refuses the label that the pods
   * otherwise ask of their nodes. Default: false. */
  readonly autopilot?: boolean | undefined;
}
