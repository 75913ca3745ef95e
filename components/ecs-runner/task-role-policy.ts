import { assumeRolesStatement } from "../cross-account/aws-assume-roles-policy.ts";
import {
  type PolicyDocument,
  type PolicyStatement,
  policyDocument,
} from "../least-privilege/policy-document.ts";

/** What the runner itself may do. */
export interface TaskRoleNeeds {
  /** Roles that the runner may take, of any account. */
  readonly targetRoleArns: readonly string[];
  /** Whether people may open a shell in its container. */
  readonly executeCommand: boolean;
}

/**
 * What the task role may do: take the listed roles, with session tags and a source identity, and nothing else.
 * That a role is listed is not enough: its own trust policy must name the runner too.
 */
export function taskRolePolicy({ targetRoleArns, executeCommand }: TaskRoleNeeds): PolicyDocument {
  return policyDocument([
    ...(targetRoleArns.length === 0 ? [] : [assumeRolesStatement(targetRoleArns)]),
    ...(executeCommand ? [executeCommandStatement] : []),
  ]);
}

/** Amazon ECS Developer Guide, "Monitor Amazon ECS containers with ECS Exec": these have no narrower resource. */
const executeCommandStatement: PolicyStatement = {
  Sid: "ExecuteCommand",
  Effect: "Allow",
  Action: [
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
  ],
  Resource: ["*"],
};
