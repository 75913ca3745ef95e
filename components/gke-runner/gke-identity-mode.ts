/** How a runner on GKE comes by an identity in Google Cloud. A constant and no union, so that it has a name in every
 * language of Pulumi. */
export const GkeIdentityMode = {
  /** The Kubernetes service account is itself a principal of IAM. */
  Direct: "direct",
  /** It impersonates a service account of Google Cloud, for services that do not take such principals. */
  Impersonation: "impersonation",
} as const;

/** One of {@link GkeIdentityMode}. */
export type GkeIdentityMode = (typeof GkeIdentityMode)[keyof typeof GkeIdentityMode];
