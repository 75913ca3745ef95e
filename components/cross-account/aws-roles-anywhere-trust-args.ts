import type * as pulumi from "@pulumi/pulumi";
import type { AwsRoleArgs } from "./aws-role-args.ts";

/** Arguments of `AwsRolesAnywhereTrust`. */
export interface AwsRolesAnywhereTrustArgs extends AwsRoleArgs {
  /** Certificates of the authorities that are trusted, as PEM, one after the other; each with a key of ECDSA (P-256
   * or P-384) or RSA: the service takes no Ed25519. Best an issuer that signs nothing but certificates for clouds: a
   * runner's certificate is a cloud identity here. */
  readonly caBundlePem: pulumi.Input<string>;
  /** Names of the runners that may take the role, as in their certificates:
   * `spiffe://TRUST-DOMAIN/organization/ORGANIZATION-ID/runner/RUNNER-ID`; one or more. */
  readonly runnerNames: pulumi.Input<string>[];
  /** How long a session lasts, in seconds: 900 to 43,200, and no longer than `maxSessionDurationSeconds`. Default:
   * 3,600. */
  readonly sessionDurationSeconds?: pulumi.Input<number> | undefined;
  /** Roles, of any account, that the runner may take with this one. Default: none. */
  readonly targetRoleArns?: pulumi.Input<string>[] | undefined;
  /** Text of a policy that bounds every session, beside the role's own policies. Default: none. */
  readonly sessionPolicy?: pulumi.Input<string> | undefined;
}
