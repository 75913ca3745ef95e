import type * as pulumi from "@pulumi/pulumi";

/** Arguments of `RunnerIdentity`. */
export interface RunnerIdentityArgs {
  /** Name or id of the organization. Another one makes another identity. */
  readonly organization: pulumi.Input<string>;
  /** Name or id of the runner. Another one makes another identity. */
  readonly runner: pulumi.Input<string>;
  /** Any text, such as `2026-07`; another one makes a new key, certificate and API key. From the stack's
   * configuration, never from the clock: a preview must not find work that nobody asked for. */
  readonly epoch: pulumi.Input<string>;
  /** How long the certificate is valid, in seconds: 300 to 31,536,000; 0, the default, leaves it to the
   * control plane. Holds for generations made from now on. */
  readonly lifetimeSeconds?: pulumi.Input<number> | undefined;
  /**
   * How long the generation that a new epoch replaces works on, in seconds, unless the new one has connected
   * before: 0 to 86,400. Default: 3,600.
   *
   * It must be longer than the workload takes to start with the new credentials; it ends by itself once that
   * has happened, so that a long one costs nothing while all goes well, and keeps the runner connected while
   * a failed update is repaired. 0 revokes the replaced generation at the end of the update.
   */
  readonly overlapSeconds?: pulumi.Input<number> | undefined;
}
