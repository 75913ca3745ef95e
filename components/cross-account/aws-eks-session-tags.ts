/** Tags that EKS Pod Identity puts on a session, by what they say (Amazon EKS User Guide, "Grant Pods access to AWS
 * resources based on tags"). They are transitive: a role that the session takes gets them, too. */
export const eksSessionTags = {
  clusterArn: "eks-cluster-arn",
  clusterName: "eks-cluster-name",
  namespace: "kubernetes-namespace",
  serviceAccount: "kubernetes-service-account",
  podName: "kubernetes-pod-name",
  podUid: "kubernetes-pod-uid",
} as const;

/** ARN of a cluster (Service Authorization Reference, "Resource types defined by Amazon EKS"). */
export const eksClusterArnPattern =
  /^arn:(aws[a-z-]*):eks:([a-z0-9-]+):(\d{12}):cluster\/([A-Za-z0-9][\w-]{0,99})$/;
