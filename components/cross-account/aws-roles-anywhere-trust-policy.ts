import { sortedUnique, type TrustPolicy, trustPolicy } from "./aws-trust-policy.ts";

/**
 * The trust policy of a role that runners take with their certificates: IAM Roles Anywhere, and only for
 * certificates of our trust anchor with one of these URI names. Without the anchor, a certificate with the same name
 * from any other anchor of the account would do (IAM Roles Anywhere User Guide, "Trust policy").
 */
export function rolesAnywhereTrustPolicy(trust: {
  readonly trustAnchorArn: string;
  readonly runnerNames: readonly string[];
}): TrustPolicy {
  return trustPolicy([
    {
      Sid: "RunnersOfThisAuthority",
      Effect: "Allow",
      Principal: { Service: ["rolesanywhere.amazonaws.com"] },
      // The service tags every session and sets its source identity; without these it cannot take the role.
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
      Condition: {
        ArnEquals: { "aws:SourceArn": [trust.trustAnchorArn] },
        StringEquals: { "aws:PrincipalTag/x509SAN/URI": sortedUnique(trust.runnerNames) },
      },
    },
  ]);
}
