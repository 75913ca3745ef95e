import type { Rule } from "../runner-workload/argument-check.ts";
import { oneOfRule, patternRule } from "../runner-workload/argument-rules.ts";

/** ARN of a key. An alias is none: a policy with it as resource allows nothing. */
export const kmsKeyArnRule = patternRule(
  /^arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  "the ARN of a key, not of an alias: arn:aws:kms:REGION:ACCOUNT:key/ID",
);

/** Whole ARN of a secret, with the six characters that Secrets Manager adds: without them it is a pattern. */
export const secretArnRule = patternRule(
  /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+-[A-Za-z0-9]{6}$/,
  "the whole ARN of a secret, with its last six characters: " +
    "arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf",
);

/** Id of a version: whoever made it chose it (CreateSecret, ClientRequestToken: 32 to 64 characters). */
export const secretVersionIdRule = patternRule(
  /^[A-Za-z0-9-]{32,64}$/,
  "the id of a version of the secret: 32 to 64 letters, digits and -",
);

/** ARN of a private repository. */
export const repositoryArnRule = patternRule(
  /^arn:aws[a-z-]*:ecr:[a-z0-9-]+:\d{12}:repository\/[a-z0-9][a-z0-9._/-]*$/,
  "the ARN of a repository: arn:aws:ecr:REGION:ACCOUNT:repository/NAME",
);

/** Id of a subnet. */
export const subnetIdRule = patternRule(/^subnet-[0-9a-f]+$/, "the id of a subnet, subnet-ID");

/** Ids of subnets that came together (AwsVpcConfiguration: "There's a limit of 16 subnets"). */
export const subnetIdsRule: Rule<readonly string[]> = (ids) =>
  ids.length >= 1 && ids.length <= 16 && ids.every((id) => subnetIdRule(id) === undefined)
    ? undefined
    : "must be the ids of 1 to 16 subnets, each subnet-ID";

/** DeleteSecret, RecoveryWindowInDays: 7 to 30; 0 stands for ForceDeleteWithoutRecovery. */
export const recoveryWindowRule: Rule<number> = (days) =>
  days === 0 || (Number.isInteger(days) && days >= 7 && days <= 30)
    ? undefined
    : "must be 0, or a whole number from 7 to 30";

const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1_096, 1_827, 2_192, 2_557, 2_922,
  3_288, 3_653,
].map(String);

/** PutRetentionPolicy, retentionInDays. */
export const logRetentionRule: Rule<number> = (days) => oneOfRule(retentionDays)(String(days));
