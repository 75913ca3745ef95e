import type * as pulumi from "@pulumi/pulumi";
import type { KubernetesAccessArgs } from "../cross-account/kubernetes-access-args.ts";
import type { RunnerWorkloadArgs } from "../runner-workload/runner-workload-args.ts";

/** What a runner on any Kubernetes cluster takes, beside what every runner takes. */
export interface KubernetesRunnerArgs extends RunnerWorkloadArgs {
  /** Namespace that everything is made in: a DNS label of up to 63 characters. */
  readonly namespace: pulumi.Input<string>;
  /** Makes the namespace too, with Pod Security's level `restricted`; removing the runner then removes the
   * namespace with all that is in it. Default: false, the namespace exists. */
  readonly createNamespace?: boolean | undefined;
  /** Name of the runner's service account, which trust policies of clouds name: a DNS label, which no other
   * runner of the namespace has. Another one replaces the Deployment. Default: the component's name. */
  readonly serviceAccountName?: pulumi.Input<string> | undefined;
  /** Name of a Secret in the namespace that has the credentials file, in place of `credentials`; change
   * `rolloutToken` with its content. */
  readonly existingSecretName?: pulumi.Input<string> | undefined;
  /** Key of the credentials file in that Secret. Default: `runner.json`. */
  readonly existingSecretKey?: pulumi.Input<string> | undefined;
  /** What the runner may do in its own cluster, by its own service account: connections of the mode
   * `runner-delegated` use it. Default: nothing, and the pods get no token. */
  readonly kubernetesAccess?: KubernetesAccessArgs | undefined;
  /** Names of Secrets in the namespace that the image is pulled with. Default: none. */
  readonly imagePullSecretNames?: pulumi.Input<string>[] | undefined;
  /** Priority class of the pods. Default: the cluster's. */
  readonly priorityClassName?: pulumi.Input<string> | undefined;
  /** Labels of the nodes that the pods may run on. Default: any node. */
  readonly nodeSelector?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** Gives each pod a user namespace of its own, so that its user is nobody on the node (`hostUsers: false`);
   * takes Kubernetes 1.33 and Linux 6.3. Default: false. */
  readonly userNamespace?: boolean | undefined;
  /** Memory that each runner may use for temporary files, in MiB, as a part of `memoryMebibytes`. Default: 64. */
  readonly temporaryFilesMebibytes?: pulumi.Input<number> | undefined;
  /** How long new pods may take until they are connected, in seconds: 30 to 3,600; then the update fails, and
   * the earlier pods run on. Default: 300. */
  readonly rolloutSecondsMax?: number | undefined;
}
