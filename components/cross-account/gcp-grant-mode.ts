/** How a runner comes by its rights in a project. A constant and no union, so that it has a name in every
 * language of Pulumi. */
export const GcpGrantMode = {
  /** It impersonates a service account there, for temporary credentials: what connections of the mode
   * `cross-account-trust` take. */
  Impersonation: "impersonation",
  /** Its own principal holds the roles: what connections of the mode `runner-delegated` take. */
  Direct: "direct",
} as const;

/** One of {@link GcpGrantMode}. */
export type GcpGrantMode = (typeof GcpGrantMode)[keyof typeof GcpGrantMode];
