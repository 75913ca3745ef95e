import { conditionsHold } from "./condition.ts";
import { matchesAction, matchesArn } from "./pattern.ts";
import { readPolicy, type Statement } from "./policy-document.ts";
import { type Naming, namingOf } from "./principal.ts";
import {
  accountOf,
  callerAccount,
  contextOf,
  type PolicyRequest,
  type RequestContext,
} from "./request.ts";

/** A policy: its text, or the object that the text stands for. */
export type Policy = string | object;

/** The policies that a request is judged by. */
export interface Policies {
  /** Of the role or the user. Default: none. */
  readonly identity?: readonly Policy[];
  /** Of the resource: a role's trust policy, the policy of a secret or a key. */
  readonly resource?: Policy;
  /** Given when the session was made; only what they allow, too. */
  readonly session?: readonly Policy[];
  readonly permissionsBoundary?: Policy;
}

/** The verdict, and what decided. */
export interface Decision {
  readonly allowed: boolean;
  readonly reason:
    | "an explicit deny"
    | "the resource's policy, by itself"
    | "policies of the identity"
    | "no policy of the identity allows it"
    | "the permissions boundary does not allow it"
    | "no session policy allows it"
    | "the resource's policy does not allow it";
}

/**
 * Judges a request as AWS does (IAM User Guide, "Policy evaluation logic" and "Cross-account policy evaluation
 * logic"), as far as our documents need it.
 *
 * What it does not know: service and resource control policies of AWS Organizations, which can only take away;
 * federated users; policies of services other than those that are given; which keys a service really puts into a
 * request.
 *
 * @throws {Error} if a policy is not one, or uses what is not known here.
 */
export function decide(request: PolicyRequest, policies: Policies): Decision {
  const context = contextOf(request);
  const identity = (policies.identity ?? []).flatMap(readPolicy);
  const boundary =
    policies.permissionsBoundary === undefined
      ? undefined
      : readPolicy(policies.permissionsBoundary);
  const session = policies.session?.flatMap(readPolicy);
  const resource = policies.resource === undefined ? [] : readPolicy(policies.resource);
  const all = [...identity, ...(boundary ?? []), ...(session ?? [])];
  if (
    all.some((each) => each.effect === "Deny" && applies(each, request, context)) ||
    resource.some((each) => denies(each, request, context))
  ) {
    return { allowed: false, reason: "an explicit deny" };
  }
  const allows = (statements: readonly Statement[]): boolean =>
    statements.some((each) => each.effect === "Allow" && applies(each, request, context));
  const naming = mostDirect(resource, request, context);
  const limits: Limits = {
    identity: allows(identity),
    boundary: boundary === undefined || allows(boundary),
    session: session === undefined || allows(session),
  };
  return judge(request, naming, limits);
}

interface Limits {
  readonly identity: boolean;
  readonly boundary: boolean;
  readonly session: boolean;
}

function judge(request: PolicyRequest, naming: Naming, limits: Limits): Decision {
  const account = callerAccount(request.caller);
  if (account === undefined) {
    return naming === "itself"
      ? { allowed: true, reason: "the resource's policy, by itself" }
      : { allowed: false, reason: "the resource's policy does not allow it" };
  }
  const resourceAccount = request.resourceAccount ?? accountOf(request.resource) ?? account;
  const isCrossAccount = resourceAccount !== account;
  // Roles and keys are nobody's by default, not even their account's ("IAM role trust policies and KMS key policies
  // are exceptions"); into another account, both sides must agree.
  const mustBeNamed = isCrossAccount || request.action.startsWith("sts:") || isKey(request);
  if (naming === undefined && mustBeNamed) {
    return { allowed: false, reason: "the resource's policy does not allow it" };
  }
  if (!isCrossAccount && naming === "itself") {
    return { allowed: true, reason: "the resource's policy, by itself" };
  }
  // In one account, a policy that names the role stands in for one of the identity, within the other limits.
  return limited(limits, !isCrossAccount && naming === "role");
}

function limited(limits: Limits, isGranted: boolean): Decision {
  if (!isGranted && !limits.identity) {
    return { allowed: false, reason: "no policy of the identity allows it" };
  }
  if (!limits.boundary) {
    return { allowed: false, reason: "the permissions boundary does not allow it" };
  }
  if (!limits.session) {
    return { allowed: false, reason: "no session policy allows it" };
  }
  return isGranted
    ? { allowed: true, reason: "the resource's policy, by itself" }
    : { allowed: true, reason: "policies of the identity" };
}

function isKey({ resource }: PolicyRequest): boolean {
  return resource.split(":")[2] === "kms";
}

/** The most direct way in which a statement that allows the request names the caller. */
function mostDirect(
  statements: readonly Statement[],
  request: PolicyRequest,
  context: RequestContext,
): Naming {
  const namings = statements
    .filter((each) => each.effect === "Allow" && applies(each, request, context))
    .map((each) => each.principals && namingOf(each.principals, request.caller));
  return (["itself", "role", "account"] as const).find((naming) => namings.includes(naming));
}

function denies(statement: Statement, request: PolicyRequest, context: RequestContext): boolean {
  const { principals, notPrincipals, effect } = statement;
  const concerns =
    notPrincipals === undefined
      ? principals !== undefined && namingOf(principals, request.caller) !== undefined
      : namingOf(notPrincipals, request.caller) === undefined;
  return effect === "Deny" && concerns && applies(statement, request, context);
}

/** Whether the action, the resource and the conditions are the statement's. */
function applies(statement: Statement, request: PolicyRequest, context: RequestContext): boolean {
  const { actions, notActions, resources, notResources } = statement;
  const isAction = (pattern: string): boolean => matchesAction(pattern, request.action);
  const isResource = (pattern: string): boolean => matchesArn(pattern, request.resource, context);
  return (
    (actions?.some(isAction) ?? notActions?.some(isAction) !== true) &&
    (resources?.some(isResource) ?? notResources?.some(isResource) !== true) &&
    conditionsHold(statement.conditions, context)
  );
}
