import type { Rule } from "../runner-workload/argument-check.ts";
import { patternRule } from "../runner-workload/argument-rules.ts";

/** Name of a component whose children are named after it: what is appended must still fit (63 characters for
 * firewall rules, RFC 1035). */
export const gcpComponentNameRule: Rule<string> = patternRule(
  /^[a-z](?:[-a-z0-9]{0,28}[a-z0-9])?$/,
  "up to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last, because resources are named after it",
);

/** Id of a project (Resource Manager reference, `projects`, `projectId`), with the domain of old ones. */
export const projectIdRule: Rule<string> = patternRule(
  /^(?:[a-z0-9.-]+:)?[a-z][-a-z0-9]{4,28}[a-z0-9]$/,
  "the id of a project: 6 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen last",
);

/** Number of a project. */
export const projectNumberRule: Rule<string> = patternRule(
  /^[1-9][0-9]{0,18}$/,
  "the number of a project, which is not its id: gcloud projects describe ID --format 'value(projectNumber)'",
);

/** Email of a service account. */
export const serviceAccountEmailRule: Rule<string> = patternRule(
  /^[a-z0-9][-a-z0-9.]*@[-a-z0-9.:]+\.gserviceaccount\.com$/,
  "the email of a service account, such as NAME@PROJECT.iam.gserviceaccount.com",
);

/** Who a runner is to IAM: never a person, and never everybody (IAM documentation, "Principal identifiers"). */
export const runnerPrincipalRule: Rule<string> = patternRule(
  /^(?:serviceAccount:[^\s@]+@[^\s@]+\.gserviceaccount\.com|principal(?:Set)?:\/\/iam\.googleapis\.com\/projects\/[0-9]+\/locations\/global\/workloadIdentityPools\/[^\s*]+)$/,
  "a runner's principal: serviceAccount:EMAIL, or principal://iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/...",
);
