import {
  type PolicyDocument,
  type PolicyStatement,
  policyDocument,
} from "../least-privilege/policy-document.ts";
import { sortedUnique } from "./aws-trust-policy.ts";

/**
 * What lets a runner take target roles: these and no others. Each target role's own trust policy must let it, too.
 * Tags and a source identity that its session has go along with it, and take actions of their own.
 *
 * @param roleArns at least one.
 */
export function assumeRolesPolicy(roleArns: readonly string[]): PolicyDocument {
  return policyDocument([assumeRolesStatement(roleArns)]);
}

/** The one statement of {@link assumeRolesPolicy}, for policies that have others as well. */
export function assumeRolesStatement(roleArns: readonly string[]): PolicyStatement {
  return {
    Sid: "AssumeTargetRoles",
    Effect: "Allow",
    Action: ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"],
    Resource: sortedUnique(roleArns),
  };
}
