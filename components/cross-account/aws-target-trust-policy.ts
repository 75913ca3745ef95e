import {
  sortedUnique,
  type TrustPolicy,
  type TrustStatement,
  trustPolicy,
} from "./aws-trust-policy.ts";

/** Who may take a target role, and how. */
export interface TargetTrust {
  /** ARNs of the roles that runners act as, of any account. */
  readonly runnerRoleArns: readonly string[];
  readonly externalId: string;
  /** Names the roles themselves as principals, by which IAM means their unique ids. */
  readonly strictPrincipal: boolean;
  /** Organization of AWS that the runner must be in. */
  readonly organizationId?: string | undefined;
  /** With `*` and `?` as wildcards. */
  readonly sessionNamePattern?: string | undefined;
  /** Tags that a session must have. */
  readonly sessionTags: Readonly<Record<string, string>>;
  /** Keys of tags that a session may have besides. */
  readonly sessionTagKeys: readonly string[];
  readonly sourceIdentity?: string | undefined;
}

/**
 * The trust policy of a target role.
 *
 * The account is the principal and a condition names the role: IAM keeps a role that is a principal by its unique
 * id, and would not know it again when it is made anew (IAM User Guide, "AWS JSON policy elements: Principal"). The
 * external id is required, so that whoever may use the runner's role for something else cannot use this one
 * ("The confused deputy problem"). Tags and source identity have statements of their own, as the external id belongs
 * to `sts:AssumeRole` alone.
 */
export function targetTrustPolicy(trust: TargetTrust): TrustPolicy {
  const { organizationId, sessionNamePattern, sourceIdentity } = trust;
  const roles = sortedUnique(trust.runnerRoleArns);
  const principal = { AWS: trust.strictPrincipal ? roles : sortedUnique(roles.map(accountRoot)) };
  const caller = trust.strictPrincipal ? {} : { ArnEquals: { "aws:PrincipalArn": roles } };
  const tags = requestTags(trust.sessionTags);
  const identity = sourceIdentity === undefined ? {} : { "sts:SourceIdentity": [sourceIdentity] };
  const statements: TrustStatement[] = [
    {
      Sid: "AssumeRole",
      Effect: "Allow",
      Principal: principal,
      Action: ["sts:AssumeRole"],
      Condition: {
        StringEquals: {
          "sts:ExternalId": [trust.externalId],
          ...(organizationId === undefined ? {} : { "aws:PrincipalOrgID": [organizationId] }),
          ...tags,
          ...identity,
        },
        ...caller,
        ...(sessionNamePattern === undefined
          ? {}
          : { StringLike: { "sts:RoleSessionName": [sessionNamePattern] } }),
      },
    },
  ];
  const keys = sortedUnique([...Object.keys(trust.sessionTags), ...trust.sessionTagKeys]);
  if (keys.length > 0) {
    statements.push({
      Sid: "TagSession",
      Effect: "Allow",
      Principal: principal,
      Action: ["sts:TagSession"],
      Condition: {
        "ForAllValues:StringEquals": { "aws:TagKeys": keys },
        ...(Object.keys(tags).length === 0 ? {} : { StringEquals: tags }),
        ...caller,
      },
    });
  }
  if (sourceIdentity !== undefined) {
    statements.push({
      Sid: "SetSourceIdentity",
      Effect: "Allow",
      Principal: principal,
      Action: ["sts:SetSourceIdentity"],
      Condition: { StringEquals: identity, ...caller },
    });
  }
  return trustPolicy(statements);
}

function requestTags(
  tags: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> {
  const entries = Object.entries(tags).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [`aws:RequestTag/${key}`, [value]]));
}

/** `arn:aws:iam::ACCOUNT:root`: the account of a role. */
function accountRoot(roleArn: string): string {
  const [arn = "", partition = "", , , account = ""] = roleArn.split(":");
  return `${arn}:${partition}:iam::${account}:root`;
}
