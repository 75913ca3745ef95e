import type * as pulumi from "@pulumi/pulumi";
import type { RunnerLogLevel } from "./runner-log-level.ts";

/** What every hosting target takes. The component of each target adds its own. */
export interface RunnerWorkloadArgs {
  /** Image of the runner, pinned by digest: `registry.example/holdfast/runner@sha256:` and 64 hexadecimal
   * digits. What a tag means can change without an update of the stack. */
  readonly image: pulumi.Input<string>;
  /** Lets `image` be a tag. Whoever may push to the registry may then replace the runner. Default: false. */
  readonly unsafeMutableImage?: boolean | undefined;
  /** Secret: text of the runner's credentials file, as `RunnerIdentity` makes it. It becomes an entry of the
   * target's own secret store. Leave it out to name an entry that exists, by the target's own argument. */
  readonly credentials?: pulumi.Input<string> | undefined;
  /** Any text; another one rolls the workload. For an entry that exists, whose content this stack does not
   * see: change both together. */
  readonly rolloutToken?: pulumi.Input<string> | undefined;
  /** How many runners run side by side: 1 to 100. They share one identity. Default: 2. */
  readonly replicas?: pulumi.Input<number> | undefined;
  /** Processor time of each runner, in thousandths of a core. Default: 250. */
  readonly cpuMillicores?: pulumi.Input<number> | undefined;
  /** Memory of each runner, in MiB. Default: 512. */
  readonly memoryMebibytes?: pulumi.Input<number> | undefined;
  /** Further variables of the runner's environment. Not for secrets: whoever may read the workload's
   * definition reads them. Names that begin with `HOLDFAST_` are set by the other arguments. */
  readonly environment?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** Text of the runner's policy file (docs/runner-policy.md). Without one the runner only reads. */
  readonly policy?: pulumi.Input<string> | undefined;
  /** Lines below this level are not written. Default: `info`. */
  readonly logLevel?: pulumi.Input<RunnerLogLevel> | undefined;
  /** How many operations a runner runs at once: 1 to 1,000. Default: 32. */
  readonly operationsMax?: pulumi.Input<number> | undefined;
  /** How long a runner that is to stop may take, in seconds: 15 to 3,600, or less where the target's own
   * limit is lower. Operations have half of it to end; then they are told to stop. Default: 60. */
  readonly terminationGraceSeconds?: pulumi.Input<number> | undefined;
  /** TCP ports that the runner may connect to. Default: 443 (clouds), 8443 (tunnel) and 8444 (API). */
  readonly egressPorts?: number[] | undefined;
  /** Networks that the runner may connect to on those ports, in CIDR notation. Default: `0.0.0.0/0`; the
   * metadata service of the machine is never among them where the target can express that. */
  readonly egressCidrBlocks?: string[] | undefined;
  /** Lets the runner connect to any address and port. Default: false. */
  readonly unsafeUnrestrictedEgress?: boolean | undefined;
  /** Tags, or labels, of everything that can carry them. */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}
