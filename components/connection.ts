import * as pulumi from "@pulumi/pulumi";
import type { ConnectionSettings } from "./connection-settings.ts";
import { asSecret, withOutputs, withVersion } from "./resource-class.ts";

/** What a connection reaches. */
export type ConnectionProvider = "aws" | "gcp" | "azure" | "kubernetes" | "pulumi";

/** How the runner comes by an identity; one mode never falls back to another. */
export type AuthenticationMode = "inline" | "runner-delegated" | "cross-account-trust";

/** Arguments of {@link Connection}. */
export interface ConnectionArgs {
  /** Name or id of the organization. Another one replaces the resource. */
  readonly organization: pulumi.Input<string>;
  /** Name of the connection: 1 to 63 of a-z, 0-9 and `-`, beginning with a letter. Another one replaces it. */
  readonly name: pulumi.Input<string>;
  /** For people: up to 1,000 characters; empty by default. */
  readonly description?: pulumi.Input<string> | undefined;
  /** What it reaches. Another one replaces the connection. */
  readonly provider: pulumi.Input<ConnectionProvider>;
  /** `runner-delegated` stores no credential anywhere, `cross-account-trust` assumes a role, `inline` sends
   * stored credentials sealed to the runner. Another one replaces the connection. */
  readonly mode: pulumi.Input<AuthenticationMode>;
  /** Name or id of the runner that its operations go to. */
  readonly runner: pulumi.Input<string>;
  /** What is no secret, under the name of the provider. */
  readonly settings?: pulumi.Input<ConnectionSettings> | undefined;
  /** The provider's own form, such as a kubeconfig; for the mode `inline` only. Always encrypted in the state. */
  readonly inlineCredentials?: pulumi.Input<string> | undefined;
}

/**
 * A connection: how a runner reaches a cloud, a cluster or a Pulumi state backend.
 *
 * Import: `organization/connection`, each a name or an id.
 */
export class Connection extends pulumi.CustomResource {
  /** Name or id of the organization, as it was given. */
  declare readonly organization: pulumi.Output<string>;
  /** Name of the connection. */
  declare readonly name: pulumi.Output<string>;
  /** For people. */
  declare readonly description: pulumi.Output<string>;
  /** What it reaches. */
  declare readonly provider: pulumi.Output<ConnectionProvider>;
  /** How the runner comes by an identity. */
  declare readonly mode: pulumi.Output<AuthenticationMode>;
  /** Name or id of the runner, as it was given. */
  declare readonly runner: pulumi.Output<string>;
  /** What is no secret. */
  declare readonly settings: pulumi.Output<pulumi.Unwrap<ConnectionSettings> | undefined>;
  /** Secret: the stored credentials, if there are any. */
  declare readonly inlineCredentials: pulumi.Output<string | undefined>;
  /** Id of the organization. */
  declare readonly organizationId: pulumi.Output<string>;
  /** Id of the runner. */
  declare readonly runnerId: pulumi.Output<string>;
  /** When it was made (ISO 8601, UTC). */
  declare readonly createdAt: pulumi.Output<string>;

  constructor(name: string, args: ConnectionArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:Connection",
      name,
      withOutputs(asSecret(args, "inlineCredentials"), ["organizationId", "runnerId", "createdAt"]),
      withVersion(options),
    );
  }
}
