import * as pulumi from "@pulumi/pulumi";
import { withOutputs, withVersion } from "./resource-class.ts";

/** What a service account may do in its organization. */
export type Role = "viewer" | "operator" | "administrator";

/** Arguments of {@link ServiceAccount}. */
export interface ServiceAccountArgs {
  /** Name or id of the organization. Another one replaces the resource. */
  readonly organization: pulumi.Input<string>;
  /** Name of the service account: 1 to 63 of a-z, 0-9 and `-`, beginning with a letter. Another one replaces it. */
  readonly name: pulumi.Input<string>;
  /** For people: up to 1,000 characters; empty by default. */
  readonly description?: pulumi.Input<string> | undefined;
  /** `viewer` reads everything of the organization, secrets and variables included; `operator` also runs and
   * cancels operations; `administrator` may do everything within the organization. */
  readonly role: pulumi.Input<Role>;
}

/**
 * A service account: who a program is.
 *
 * Deleting it revokes its API keys. Import: `organization/service-account`, each a name or an id.
 */
export class ServiceAccount extends pulumi.CustomResource {
  /** Name or id of the organization, as it was given. */
  declare readonly organization: pulumi.Output<string>;
  /** Name of the service account. */
  declare readonly name: pulumi.Output<string>;
  /** For people. */
  declare readonly description: pulumi.Output<string>;
  /** What it may do. */
  declare readonly role: pulumi.Output<Role>;
  /** Id of the organization. */
  declare readonly organizationId: pulumi.Output<string>;
  /** When it was made (ISO 8601, UTC). */
  declare readonly createdAt: pulumi.Output<string>;

  constructor(name: string, args: ServiceAccountArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:ServiceAccount",
      name,
      withOutputs(args, ["organizationId", "createdAt"]),
      withVersion(options),
    );
  }
}
