import * as pulumi from "@pulumi/pulumi";
import { withOutputs, withVersion } from "./resource-class.ts";

/** Arguments of {@link Runner}. */
export interface RunnerArgs {
  /** Name or id of the organization. Another one replaces the resource. */
  readonly organization: pulumi.Input<string>;
  /** Name of the runner: 1 to 63 of a-z, 0-9 and `-`, beginning with a letter. Another one replaces it. */
  readonly name: pulumi.Input<string>;
  /** For people: up to 1,000 characters; empty by default. */
  readonly description?: pulumi.Input<string> | undefined;
  /** False for a runner that may not connect; setting it cuts its tunnels. True by default. */
  readonly enabled?: pulumi.Input<boolean> | undefined;
}

/**
 * A runner: a process in the customer's infrastructure that executes operations with an identity that it
 * holds locally.
 *
 * Deleting it revokes all of its credentials and cuts its tunnels. Import: `organization/runner`, each a name
 * or an id.
 */
export class Runner extends pulumi.CustomResource {
  /** Name or id of the organization, as it was given. */
  declare readonly organization: pulumi.Output<string>;
  /** Name of the runner. */
  declare readonly name: pulumi.Output<string>;
  /** For people. */
  declare readonly description: pulumi.Output<string>;
  /** Whether it may connect. */
  declare readonly enabled: pulumi.Output<boolean>;
  /** Id of the organization. */
  declare readonly organizationId: pulumi.Output<string>;
  /** When it was made (ISO 8601, UTC). */
  declare readonly createdAt: pulumi.Output<string>;

  constructor(name: string, args: RunnerArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "holdfast:index:Runner",
      name,
      withOutputs(args, ["organizationId", "createdAt"]),
      withVersion(options),
    );
  }
}
