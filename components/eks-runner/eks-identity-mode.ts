/** How pods on EKS get credentials of AWS. A constant and no union, so that it has a name in every language of
 * Pulumi. */
export const EksIdentityMode = {
  /** EKS Pod Identity: an agent on each node gives them. Not on Fargate, Windows, Outposts or EKS Anywhere. */
  PodIdentity: "pod-identity",
  /** IAM roles for service accounts: a token of the cluster is exchanged for them. */
  ServiceAccountRole: "service-account-role",
} as const;

/** One of {@link EksIdentityMode}. */
export type EksIdentityMode = (typeof EksIdentityMode)[keyof typeof EksIdentityMode];
