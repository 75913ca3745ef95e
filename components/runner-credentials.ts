import * as pulumi from "@pulumi/pulumi";
import { asSecret, withOutputs, withVersion } from "./resource-class.ts";

/** Arguments of {@link RunnerCredentials}. */
export interface RunnerCredentialsArgs {
  /** Name or id of the organization. Another one replaces the resource. */
  readonly organization: pulumi.Input<string>;
  /** Name or id of the runner. Another one replaces the credentials. */
  readonly runner: pulumi.Input<string>;
  /** PKCS #10 request with a P-256 key, as PEM: the key is made where it will be used and never travels.
   * Another request replaces the credentials. */
  readonly certificateRequestPem: pulumi.Input<string>;
  /** The private key of the request, to be put into `credentialsFile`. It is not sent to the control plane,
   * but the state has it, encrypted; leave it out to fill the file in where the runner is. */
  readonly privateKeyPem?: pulumi.Input<string> | undefined;
  /** How long the certificate is valid, in seconds: 300 to 31,536,000; 0, the default, leaves it to the
   * control plane. Holds for generations made from now on. */
  readonly lifetimeSeconds?: pulumi.Input<number> | undefined;
  /** How long the generation that is replaced works on, in seconds, unless the new one has connected before:
   * up to 86,400. All earlier generations of the runner end with it. 0, the default, revokes the one that is
   * replaced at the end of the update. */
  readonly overlapSeconds?: pulumi.Input<number> | undefined;
  /** Any text, such as a date; another one regenerates. */
  readonly epoch?: pulumi.Input<string> | undefined;
}

/**
 * One generation of a runner's credentials: a certificate for the key of a certificate request, and an API key,
 * together in one JSON file.
 *
 * Replacing it makes the next generation and then, at the end of the update, revokes this one; with
 * `overlapSeconds` this one works on until the next has connected, or that long at most. Deleting it revokes
 * exactly this generation. It cannot be imported: its file is returned once.
 */
export class RunnerCredentials extends pulumi.CustomResource {
  /** Name or id of the organization, as it was given. */
  declare readonly organization: pulumi.Output<string>;
  /** Name or id of the runner, as it was given. */
  declare readonly runner: pulumi.Output<string>;
  /** The request. */
  declare readonly certificateRequestPem: pulumi.Output<string>;
  /** Secret: the private key, if it was given. */
  declare readonly privateKeyPem: pulumi.Output<string | undefined>;
  /** How long the certificate was to be valid, in seconds. */
  declare readonly lifetimeSeconds: pulumi.Output<number>;
  /** How long the generation before was to work on, in seconds. */
  declare readonly overlapSeconds: pulumi.Output<number>;
  /** What was given. */
  declare readonly epoch: pulumi.Output<string | undefined>;
  /** Id of the organization. */
  declare readonly organizationId: pulumi.Output<string>;
  /** Id of the runner. */
  declare readonly runnerId: pulumi.Output<string>;
  /** Secret: the JSON file that the runner starts from; `privateKey` is empty unless `privateKeyPem` was given. */
  declare readonly credentialsFile: pulumi.Output<string>;
  /** Counts the credentials of the runner from 1. */
  declare readonly generation: pulumi.Output<number>;
  /** SHA-256 over the certificate's DER, in lower-case hexadecimal. */
  declare readonly certificateFingerprint: pulumi.Output<string>;
  /** Serial number in lower-case hexadecimal. */
  declare readonly certificateSerial: pulumi.Output<string>;
  /** Id of the API key in the file. */
  declare readonly apiKeyId: pulumi.Output<string>;
  /** When the certificate ends (ISO 8601, UTC). */
  declare readonly expiresAt: pulumi.Output<string>;

  constructor(name: string, args: RunnerCredentialsArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:RunnerCredentials",
      name,
      withOutputs(asSecret(args, "privateKeyPem"), [
        "organizationId",
        "runnerId",
        "credentialsFile",
        "generation",
        "certificateFingerprint",
        "certificateSerial",
        "apiKeyId",
        "expiresAt",
      ]),
      withVersion(options),
    );
  }
}
