import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** What makes a component unique among all that anybody deploys to a project. */
export interface DeployedComponent {
  /** Pulumi's organization, project and stack. */
  readonly organization: string;
  readonly project: string;
  readonly stack: string;
  /** Class of the component, such as `GkeRunner`. */
  readonly type: string;
  /** Name of the component. */
  readonly name: string;
}

/** The component of that class and name in the program that runs. */
export function deployedComponent(type: string, name: string): DeployedComponent {
  return {
    organization: pulumi.getOrganization(),
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    type,
    name,
  };
}

/**
 * Id of a service account of a component: its name, cut, and 8 digits of its identity. Not left to automatic
 * naming, which needs more than the 30 characters that there are (IAM reference, `projects.serviceAccounts.create`,
 * `accountId`).
 *
 * guarantee: 10 to 30 characters; equal for equal components, in every update.
 */
export function accountIdOf({
  organization,
  project,
  stack,
  type,
  name,
}: DeployedComponent): string {
  const identity = JSON.stringify([organization, project, stack, type, name]);
  const digits = createHash("sha256").update(identity).digest("hex").slice(0, 8);
  return `${name.slice(0, 21).replace(/-+$/, "")}-${digits}`;
}
