import * as pulumi from "@pulumi/pulumi";
import { withOutputs, withVersion } from "./resource-class.ts";

/** Arguments of {@link Organization}. */
export interface OrganizationArgs {
  /** Name: 1 to 63 of a-z, 0-9 and `-`, beginning with a letter. Another one replaces it. */
  readonly name: pulumi.Input<string>;
  /** For people: up to 200 characters; empty by default. */
  readonly displayName?: pulumi.Input<string> | undefined;
}

/**
 * An organization: the wall between customers.
 *
 * It can be deleted once it has no runner and no connection left. Import: its name or id.
 */
export class Organization extends pulumi.CustomResource {
  /** Name of the organization. */
  declare readonly name: pulumi.Output<string>;
  /** For people. */
  declare readonly displayName: pulumi.Output<string>;
  /** When it was made (ISO 8601, UTC). */
  declare readonly createdAt: pulumi.Output<string>;

  constructor(name: string, args: OrganizationArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:Organization",
      name,
      withOutputs(args, ["createdAt"]),
      withVersion(options),
    );
  }
}
