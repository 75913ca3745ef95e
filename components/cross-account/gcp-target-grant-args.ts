import type * as pulumi from "@pulumi/pulumi";
import type { GcpGrantMode } from "./gcp-grant-mode.ts";
import type { GcpRoleGrantArgs } from "./gcp-role-grant-args.ts";

/** What a runner may do in a project, which may be anybody's. */
export interface GcpTargetGrantArgs {
  /** Id of the target project. Another one replaces the grant. */
  readonly project: pulumi.Input<string>;
  /** Who the runner is: the output `identityPrincipal` of its component. */
  readonly principal: pulumi.Input<string>;
  /** Whether the runner impersonates a service account of the project, or holds the roles itself. Default:
   * `impersonation`. */
  readonly mode?: GcpGrantMode;
  /** Email of the service account to impersonate, in place of a new one. */
  readonly serviceAccountEmail?: pulumi.Input<string> | undefined;
  /** Roles on the project; the keys are yours, and name the grants. */
  readonly roles?: Readonly<Record<string, GcpRoleGrantArgs>> | undefined;
  /** Lets a role be `roles/owner`, `roles/editor` or `roles/viewer`, which span every service. Default: false. */
  readonly unsafeBasicRoles?: boolean | undefined;
  /** Kinds of operations, such as `pulumi.up` (docs/reference/operations.md): a custom role with the rights on
   * `stateBucket` that these take, and no others. */
  readonly operations?: string[] | undefined;
  /** Bucket of the project that has the stacks' state. It must have uniform bucket-level access. */
  readonly stateBucket?: string | undefined;
  /** Folder in the bucket, as in the path of the backend's URL. Default: none. */
  readonly statePrefix?: string | undefined;
}
