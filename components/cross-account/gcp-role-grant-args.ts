import type * as pulumi from "@pulumi/pulumi";

/** One role, and when it holds. */
export interface GcpRoleGrantArgs {
  /** Such as `roles/compute.viewer`, or `projects/PROJECT/roles/ID`. */
  readonly role: pulumi.Input<string>;
  /** IAM condition, in the Common Expression Language, such as `request.time < timestamp("2027-01-01T00:00:00Z")`. Default: always. */
  readonly conditionExpression?: pulumi.Input<string> | undefined;
  /** What the condition is called; up to 100 characters. Default: the key of the grant. */
  readonly conditionTitle?: pulumi.Input<string> | undefined;
}
