import { type Decision, decide, type Policies, type Policy } from "./decide.ts";
import type { Caller } from "./request.ts";

/** A call of STS that asks for a role. */
export interface AssumeRoleCall {
  readonly caller: Caller;
  /** ARN of the role that is asked for. */
  readonly roleArn: string;
  readonly trustPolicy: Policy;
  /** Policies of whoever asks. Default: none. */
  readonly identity?: readonly Policy[];
  readonly permissionsBoundary?: Policy;
  readonly externalId?: string;
  readonly sessionName?: string;
  /** Tags of the new session, those that go along from the caller's own included. Default: none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Given, or gone along from the caller's own session. Default: none. */
  readonly sourceIdentity?: string;
  /** Further keys of the request, such as `aws:PrincipalOrgID` or `aws:SourceArn`. */
  readonly context?: Readonly<Record<string, string>>;
}

/**
 * Judges a request for a role: each of the actions that it takes must be allowed (IAM User Guide, "Pass session tags in
 * AWS STS" and "Monitor and control actions taken with assumed roles").
 *
 * @returns the first decision that refuses, with its action, or that of the first action.
 */
export function decideAssumeRole(call: AssumeRoleCall): Decision & { readonly action: string } {
  const { caller, tags = {}, sourceIdentity } = call;
  const first = caller.kind === "web identity" ? "sts:AssumeRoleWithWebIdentity" : "sts:AssumeRole";
  const actions = [
    first,
    ...(Object.keys(tags).length === 0 ? [] : ["sts:TagSession"]),
    ...(sourceIdentity === undefined ? [] : ["sts:SetSourceIdentity"]),
  ];
  const decisions = actions.map((action) => ({ ...decideAction(call, action), action }));
  const [made] = decisions;
  const refused = decisions.find(({ allowed }) => !allowed);
  return refused ?? made ?? { allowed: false, reason: "an explicit deny", action: first };
}

/** The external id is a key of the requests for the role alone, and not of those that come with it. */
function decideAction(call: AssumeRoleCall, action: string): Decision {
  const { externalId, sessionName, tags = {}, sourceIdentity } = call;
  const tagEntries = Object.entries(tags).map(([key, value]): [string, string] => [
    `aws:RequestTag/${key}`,
    value,
  ]);
  const context: Readonly<Record<string, string | readonly string[]>> = {
    ...(externalId === undefined || action !== "sts:AssumeRole"
      ? {}
      : { "sts:ExternalId": externalId }),
    ...(sessionName === undefined ? {} : { "sts:RoleSessionName": sessionName }),
    ...(sourceIdentity === undefined ? {} : { "sts:SourceIdentity": sourceIdentity }),
    ...(tagEntries.length === 0
      ? {}
      : { ...Object.fromEntries(tagEntries), "aws:TagKeys": Object.keys(tags) }),
    ...call.context,
  };
  const policies: Policies = {
    identity: call.identity ?? [],
    resource: call.trustPolicy,
    ...(call.permissionsBoundary === undefined
      ? {}
      : { permissionsBoundary: call.permissionsBoundary }),
  };
  return decide({ caller: call.caller, action, resource: call.roleArn, context }, policies);
}
