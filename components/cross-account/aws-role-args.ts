import type * as pulumi from "@pulumi/pulumi";

/** Where Pulumi's state is: `s3://BUCKET/PREFIX`. */
export interface AwsStateBackendArgs {
  /** Name of the bucket. */
  readonly bucket: pulumi.Input<string>;
  /** Folder in the bucket. Default: none, the bucket is the backend's own. */
  readonly prefix?: pulumi.Input<string> | undefined;
  /** ARN of the KMS key that the bucket encrypts with, if it does. */
  readonly kmsKeyArn?: pulumi.Input<string> | undefined;
  /** Partition of the bucket: `aws`, `aws-cn` or `aws-us-gov`. Default: `aws`. */
  readonly partition?: pulumi.Input<string> | undefined;
}

/** What a role may do, and its form. Without any permission it can be taken, and that is all. */
export interface AwsRoleArgs {
  /** Kinds of operations that connections with this role run (docs/reference/operations.md); they get the smallest
   * policy that these take. Default: none. */
  readonly operations?: string[] | undefined;
  /** Where the state of the Pulumi operations among them is, if it is in S3. */
  readonly stateBackend?: AwsStateBackendArgs | undefined;
  /** Texts of further policies, each by a name of yours: what the programs of your stacks manage. */
  readonly inlinePolicies?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** ARNs of managed policies, each by a name of yours. */
  readonly managedPolicyArns?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
  /** ARN of the policy that bounds what the role can ever do. Default: none. */
  readonly permissionsBoundaryArn?: pulumi.Input<string> | undefined;
  /** How long a session may last, in seconds: 3,600 to 43,200. A runner whose own credentials come from a role
   * gets 3,600 at most, whatever this says. Default: 3,600. */
  readonly maxSessionDurationSeconds?: pulumi.Input<number> | undefined;
  /** Name of the role, for when its ARN must be known before it is there. With a name, a change that replaces the
   * role deletes it first. Default: the component's name and random digits. */
  readonly roleName?: pulumi.Input<string> | undefined;
  /** Path of the role, between slashes. Another one replaces the role. Default: `/holdfast/`. */
  readonly path?: pulumi.Input<string> | undefined;
  /** Tags of everything that can carry them. */
  readonly tags?: Readonly<Record<string, pulumi.Input<string>>> | undefined;
}
