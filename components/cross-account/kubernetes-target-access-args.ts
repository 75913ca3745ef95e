import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesAccessArgs } from "./kubernetes-access-args.ts";

/** Rights in a cluster for a runner that runs elsewhere: whom they are for, and which. */
export interface KubernetesTargetAccessArgs extends KubernetesAccessArgs {
  /** User as the cluster's authentication names it: the name in a client certificate, a claim of a token, or
   * what the cloud makes of the runner's identity. Give one of `user`, `group` and `serviceAccountName`. */
  readonly user?: pulumi.Input<string> | undefined;
  /** Group as the cluster's authentication names it. */
  readonly group?: pulumi.Input<string> | undefined;
  /** Service account of this cluster; the runner uses a token of it. */
  readonly serviceAccountName?: pulumi.Input<string> | undefined;
  /** Namespace of that service account. */
  readonly serviceAccountNamespace?: pulumi.Input<string> | undefined;
  /** Labels of everything that is made. */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}
