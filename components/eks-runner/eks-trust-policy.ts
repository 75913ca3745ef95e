import { eksClusterArnPattern, eksSessionTags } from "../cross-account/aws-eks-session-tags.ts";
import { type TrustPolicy, trustPolicy } from "../cross-account/aws-trust-policy.ts";

/** The runner's service account, and its cluster. */
export interface EksServiceAccount {
  readonly clusterArn: string;
  readonly namespace: string;
  readonly serviceAccountName: string;
}

/** What a cluster's ARN says. */
export function eksCluster(clusterArn: string): {
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly clusterName: string;
} {
  const [, partition = "", region = "", accountId = "", clusterName = ""] =
    eksClusterArnPattern.exec(clusterArn) ?? [];
  return { partition, region, accountId, clusterName };
}

/**
 * Who may take the runner's role with EKS Pod Identity: EKS, for this cluster, and only for pods of this service
 * account. Without the tags, whoever may make associations in the account could give the role to other pods (Amazon
 * EKS User Guide, "Create IAM role with trust policy required by EKS Pod Identity").
 *
 * @param options.sessionTags false if EKS is told to tag no session: then there are no tags to check.
 */
export function podIdentityTrustPolicy(
  { clusterArn, namespace, serviceAccountName }: EksServiceAccount,
  { sessionTags }: { readonly sessionTags: boolean },
): TrustPolicy {
  const tags: readonly (readonly [string, string])[] = [
    [eksSessionTags.clusterArn, clusterArn],
    [eksSessionTags.namespace, namespace],
    [eksSessionTags.serviceAccount, serviceAccountName],
  ];
  const tagConditions = tags.map(([key, value]) => [`aws:RequestTag/${key}`, [value]] as const);
  return trustPolicy([
    {
      Sid: "PodsOfThisServiceAccount",
      Effect: "Allow",
      Principal: { Service: ["pods.eks.amazonaws.com"] },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        ArnEquals: { "aws:SourceArn": [clusterArn] },
        StringEquals: {
          "aws:SourceAccount": [eksCluster(clusterArn).accountId],
          ...(sessionTags ? Object.fromEntries(tagConditions) : {}),
        },
      },
    },
  ]);
}

/**
 * Who may take the runner's role with a token of the cluster: this service account, with a token that was made for
 * STS. Both conditions matter: without the first, every pod of the cluster could (Amazon EKS User Guide, "IAM roles for
 * service accounts").
 *
 * @param oidcProviderArn `arn:aws:iam::ACCOUNT:oidc-provider/ISSUER`.
 */
export function serviceAccountTrustPolicy(
  { namespace, serviceAccountName }: Omit<EksServiceAccount, "clusterArn">,
  oidcProviderArn: string,
): TrustPolicy {
  const issuer = oidcProviderArn.replace(/^.*?:oidc-provider\//, "");
  return trustPolicy([
    {
      Sid: "TokensOfThisServiceAccount",
      Effect: "Allow",
      Principal: { Federated: [oidcProviderArn] },
      Action: ["sts:AssumeRoleWithWebIdentity"],
      Condition: {
        StringEquals: {
          [`${issuer}:aud`]: ["sts.amazonaws.com"],
          [`${issuer}:sub`]: [`system:serviceaccount:${namespace}:${serviceAccountName}`],
        },
      },
    },
  ]);
}
