import * as pulumi from "@pulumi/pulumi";
import { withOutputs, withVersion } from "./resource-class.ts";

/** Arguments of {@link ApiKey}. */
export interface ApiKeyArgs {
  /** Name or id of the organization. Another one replaces the resource. */
  readonly organization: pulumi.Input<string>;
  /** Name or id of the service account. Another one replaces the key. */
  readonly serviceAccount: pulumi.Input<string>;
  /** For people; empty by default. Another one replaces the key. */
  readonly description?: pulumi.Input<string> | undefined;
  /** How long the key works, in seconds; 0, the default, means without an end. Another one replaces the key. */
  readonly lifetimeSeconds?: pulumi.Input<number> | undefined;
  /** Any text; another one replaces the key. */
  readonly epoch?: pulumi.Input<string> | undefined;
}

/**
 * An API key of a service account.
 *
 * Deleting the resource revokes the key at once. It cannot be imported: the key is returned once.
 */
export class ApiKey extends pulumi.CustomResource {
  /** Name or id of the organization, as it was given. */
  declare readonly organization: pulumi.Output<string>;
  /** Name or id of the service account, as it was given. */
  declare readonly serviceAccount: pulumi.Output<string>;
  /** For people. */
  declare readonly description: pulumi.Output<string>;
  /** How long the key was to work, in seconds. */
  declare readonly lifetimeSeconds: pulumi.Output<number>;
  /** What was given. */
  declare readonly epoch: pulumi.Output<string | undefined>;
  /** Id of the service account. */
  declare readonly serviceAccountId: pulumi.Output<string>;
  /** Secret: the key itself, `hf_<id>_<secret><checksum>`. */
  declare readonly token: pulumi.Output<string>;
  /** When it was made (ISO 8601, UTC). */
  declare readonly createdAt: pulumi.Output<string>;
  /** When the key ends (ISO 8601, UTC); empty for a key without an end. */
  declare readonly expiresAt: pulumi.Output<string>;

  constructor(name: string, args: ApiKeyArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:ApiKey",
      name,
      withOutputs(args, ["serviceAccountId", "token", "createdAt", "expiresAt"]),
      withVersion(options),
    );
  }
}
