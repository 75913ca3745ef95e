import type * as pulumi from "@pulumi/pulumi";
import type { CertificateGenerationState } from "./certificate-generation-state.ts";

/** Arguments of `CertificateAuthority`. */
export interface CertificateAuthorityArgs {
  /**
   * Generations by id: 1 to 32 of a-z, 0-9 and `-`, such as `2026`. An id is never used again. Exactly one is
   * active. One step each update: add a new one as `trusted`; once everyone has the trust bundle, make it
   * `active` and the one before `trusted`; once nobody presents a certificate of the one before, make that
   * `retired`, and then leave it out.
   */
  readonly generations: Readonly<Record<string, CertificateGenerationArgs>>;
  /** Lets keys and root certificates be deleted or replaced by an update, as for a stack that a test
   * destroys. By default the engine refuses that, except for a retired generation. Default: false. */
  readonly unsafeUnprotectedKeys?: boolean | undefined;
}

/** One generation: a root, an issuer of runners' certificates, and an issuer of servers' certificates. */
export interface CertificateGenerationArgs {
  /** What the generation is used for. */
  readonly state: CertificateGenerationState;
  /** Any text; another one makes the certificates of both issuers anew, for the same keys. From configuration,
   * never from the clock. Default: `1`. */
  readonly epoch?: pulumi.Input<string> | undefined;
  /** How long the root is valid, in hours: 24 to 262,800 (30 years). Default: 87,600 (10 years). Fixed with
   * the generation: another one would make another root. */
  readonly rootLifetimeHours?: number | undefined;
  /** How long the issuers are valid from their epoch on, in hours: 24 to the root's. Default: 17,520 (2 years). */
  readonly issuerLifetimeHours?: number | undefined;
}
