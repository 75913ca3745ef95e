import * as pulumi from "@pulumi/pulumi";
import { asSecret, withOutputs, withVersion } from "./resource-class.ts";

/** Arguments of {@link Secret}. */
export interface SecretArgs {
  /** Name or id of the organization. Another one replaces the resource. */
  readonly organization: pulumi.Input<string>;
  /** Name of the secret: 1 to 63 of a-z, 0-9 and `-`, beginning with a letter. Another one replaces it. */
  readonly name: pulumi.Input<string>;
  /** For people: up to 1,000 characters; empty by default. */
  readonly description?: pulumi.Input<string> | undefined;
  /** The value: up to 64 KiB. Always encrypted in the state. */
  readonly value: pulumi.Input<string>;
}

/**
 * A secret: a value that the control plane keeps encrypted and that runners resolve at the moment of use.
 *
 * Another value becomes a new version. The provider never reads a value back: a version written elsewhere is
 * noticed by its number and followed by a new one. Import: `organization/secret`, each a name or an id.
 */
export class Secret extends pulumi.CustomResource {
  /** Name or id of the organization, as it was given. */
  declare readonly organization: pulumi.Output<string>;
  /** Name of the secret. */
  declare readonly name: pulumi.Output<string>;
  /** For people. */
  declare readonly description: pulumi.Output<string>;
  /** Secret: the value. */
  declare readonly value: pulumi.Output<string>;
  /** Id of the organization. */
  declare readonly organizationId: pulumi.Output<string>;
  /** The newest version; versions count from 1. */
  declare readonly version: pulumi.Output<number>;
  /** When it was made (ISO 8601, UTC). */
  declare readonly createdAt: pulumi.Output<string>;

  constructor(name: string, args: SecretArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:Secret",
      name,
      withOutputs(asSecret(args, "value"), ["organizationId", "version", "createdAt"]),
      withVersion(options),
    );
  }
}
