import type * as pulumi from "@pulumi/pulumi";
import type { RunnerWorkloadArgs } from "../runner-workload/runner-workload-args.ts";

/**
 * What a runner on Cloud Run takes, beside what every runner takes.
 *
 * Three common arguments mean something narrower here. `cpuMillicores` is 1,000 (the default), 2,000, 4,000,
 * 6,000 or 8,000, with the memory that the vendor allows for it. `terminationGraceSeconds` is 10: what Cloud Run
 * leaves between SIGTERM and SIGKILL. Egress can be narrowed only on a network of yours: without `network`,
 * `unsafeUnrestrictedEgress` must be true.
 */
export interface CloudRunRunnerArgs extends RunnerWorkloadArgs {
  /** Region, such as `europe-west1`. Another one replaces the worker pool and the secret. */
  readonly location: pulumi.Input<string>;
  /** Id of the project. Default: the provider's. */
  readonly project?: pulumi.Input<string> | undefined;
  /** Email of a service account that the runner is to be, in place of one of its own. It gets the right to
   * read the secret. */
  readonly serviceAccountEmail?: pulumi.Input<string> | undefined;
  /** A secret that has the credentials file, in place of `credentials`: `NAME` in the same project, or
   * `projects/PROJECT/secrets/NAME`. */
  readonly existingSecretId?: pulumi.Input<string> | undefined;
  /** Number of the version of that secret. `latest` is refused: what it means can change without an update of
   * the stack. */
  readonly existingSecretVersion?: pulumi.Input<string> | undefined;
  /** Regions that the secret is kept in. Default: `location` alone. Other ones replace the secret. */
  readonly secretLocations?: pulumi.Input<string>[] | undefined;
  /** Cloud KMS key, `projects/P/locations/L/keyRings/R/cryptoKeys/K`, that the secret and the worker pool's image
   * are encrypted with. The service agents of Secret Manager and of Cloud Run must hold
   * `roles/cloudkms.cryptoKeyEncrypterDecrypter` on it. Default: the vendor's keys. */
  readonly kmsKeyName?: pulumi.Input<string> | undefined;
  /** VPC network, by name or self link, that all traffic leaves through, and on which firewall rules narrow it.
   * It needs Cloud NAT, or other routes to the control plane. */
  readonly network?: pulumi.Input<string> | undefined;
  /** Subnet in `location`. Default: the one that has the network's name. */
  readonly subnetwork?: pulumi.Input<string> | undefined;
  /** Project of the network, where it is shared. Default: `project`. */
  readonly networkProject?: pulumi.Input<string> | undefined;
  /** Priority of the firewall rules: 0 to 65,533; theirs is this and the next one. Lower numbers win: it must be
   * below every rule of the network that allows more. Default: 100. */
  readonly firewallPriority?: pulumi.Input<number> | undefined;
  /** Deploys only what the project's Binary Authorization policy admits. Default: false. */
  readonly binaryAuthorization?: boolean | undefined;
  /** Makes the provider refuse to delete the worker pool, which also makes `pulumi destroy` fail. Default: false. */
  readonly deletionProtection?: pulumi.Input<boolean> | undefined;
}
