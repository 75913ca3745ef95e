import type { Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";

/** ARN of one role, with its path. A wildcard would be one in a condition, too. */
export const awsRoleArnRule = patternRule(
  /^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/,
  "the ARN of one role: arn:aws:iam::ACCOUNT:role/NAME, without wildcards",
);

/** ARN of a managed policy, of the account or of AWS. */
export const awsPolicyArnRule = patternRule(
  /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/[\w+=,.@/-]{1,640}$/,
  "the ARN of a managed policy: arn:aws:iam::ACCOUNT:policy/NAME",
);

/** AWS STS API Reference, AssumeRole, ExternalId. */
export const externalIdRule = patternRule(
  /^[\w+=,.@:/-]{2,1224}$/,
  "2 to 1,224 letters, digits and the characters _ + = , . @ : / -",
);

/** AWS STS API Reference, AssumeRole, RoleSessionName; with wildcards. */
export const sessionNamePatternRule = patternRule(
  /^[\w+=,.@*?-]{1,64}$/,
  "up to 64 letters, digits and the characters _ + = , . @ -, with * and ? as wildcards",
);

/** AWS STS API Reference, AssumeRole, SourceIdentity. */
export const sourceIdentityRule = patternRule(
  /^(?!aws:)[\w+=,.@-]{2,64}$/,
  "2 to 64 letters, digits and the characters _ + = , . @ -",
);

/** AWS Organizations API Reference, Organization. */
export const awsOrganizationIdRule = patternRule(
  /^o-[a-z0-9]{10,32}$/,
  "the id of an organization of AWS: o- and 10 to 32 lower-case letters and digits",
);

/** AWS STS API Reference, Tag; the characters that all services take, none of which is special in a policy. */
export const sessionTagKeyRule = patternRule(
  /^(?!aws:)[A-Za-z0-9 _.:/=+@-]{1,128}$/,
  "the key of a session tag: up to 128 letters, digits, spaces and the characters _ . : / = + - @",
);

/** See {@link sessionTagKeyRule}. */
export const sessionTagValueRule = patternRule(
  /^[A-Za-z0-9 _.:/=+@-]{0,256}$/,
  "the value of a session tag: up to 256 letters, digits, spaces and the characters _ . : / = + - @",
);

/** IAM API Reference, CreateRole, RoleName. */
export const awsRoleNameRule = patternRule(
  /^[\w+=,.@-]{1,64}$/,
  "the name of a role: up to 64 letters, digits and the characters _ + = , . @ -",
);

/** IAM API Reference, CreateRole, Path. */
export const awsPathRule = patternRule(
  /^\/(?:[\w+=,.@-]+\/)*$/,
  "a path: / or one that begins and ends with it, such as /holdfast/",
);

/** Name of a policy, which is also a part of the logical name of its resource. */
export const awsPolicyNameRule = patternRule(
  /^[\w+=,.@-]{1,64}$/,
  "a name: up to 64 letters, digits and the characters _ + = , . @ -",
);

/** Text of a policy; 10,240 characters is what all inline policies of a role may have together. */
export const policyTextRule: Rule<string> = (text) => {
  const problem = "must be the text of a policy, with Version 2012-10-17 and at least a Statement";
  try {
    const document: unknown = JSON.parse(text);
    if (typeof document !== "object" || document === null) {
      return problem;
    }
    const { Version: version, Statement: statements } = document as {
      readonly Version?: unknown;
      readonly Statement?: unknown;
    };
    const isEmpty =
      statements === undefined || (Array.isArray(statements) && statements.length < 1);
    return version !== "2012-10-17" || isEmpty || text.length > 10_240 ? problem : undefined;
  } catch {
    return problem;
  }
};
