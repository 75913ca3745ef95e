import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { assert } from "@holdfast/foundation/failure.ts";
import type { ServiceAccount } from "../service-accounts/service-account.ts";
import type { Access, AccessDecision, AccessResource } from "./access.ts";
import { questionOf } from "./access-entities.ts";
import { actorOf, type Caller } from "./caller.ts";
import { policies, wallPolicy } from "./policies.ts";
import { schema } from "./schema.ts";

/** Decisions kept at most; a decision is made in about a quarter of a millisecond. */
const decisionsMax = 10_000;
/** Names what Cedar has parsed once; the texts are the same for every instance. */
const parsedName = "holdfast";

const allowed: AccessDecision = { isAllowed: true };

/** Decides by the Cedar policies of this folder. */
export function makeAccess(): Access {
  return new CedarAccess();
}

/**
 * Keeps decisions for as long as nothing has changed that they depend on: an epoch. Whatever is read
 * from the store with each call (organization, role) is a part of the question, so a changed role
 * never meets a decision that was kept for the old one.
 */
class CedarAccess implements Access {
  readonly actions: ReadonlySet<string>;
  readonly #kept = new Map<string, AccessDecision>();

  /** Policies that do not fit the schema are a broken invariant: nothing starts with them. */
  constructor() {
    const staticPolicies: Record<string, string> = { ...policies };
    const validation = cedar.validate({
      validationSettings: { mode: "strict" },
      schema,
      policies: { staticPolicies },
    });
    assert(
      validation.type === "success" && validation.validationErrors.length === 0,
      `the policies fit the schema: ${JSON.stringify(validation)}`,
    );
    assert(cedar.preparseSchema(parsedName, schema).type === "success", "the schema parses");
    assert(
      cedar.preparsePolicySet(parsedName, { staticPolicies }).type === "success",
      "the policies parse",
    );
    this.actions = actionsOf(schema);
  }

  check(caller: Caller, action: string, organizationId: string | undefined): AccessDecision {
    return this.checkOn(
      caller,
      action,
      organizationId === undefined
        ? { kind: "platform" }
        : { kind: "organization", organizationId },
    );
  }

  checkOn(caller: Caller, action: string, resource: AccessResource): AccessDecision {
    if (caller.kind === "anonymous") {
      return { isAllowed: false, reason: "anonymous" };
    }
    const key = keyOf(caller, action, resource);
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      return kept;
    }
    const decision = decide(caller, action, resource);
    if (this.#kept.size >= decisionsMax) {
      this.#kept.clear();
    }
    this.#kept.set(key, decision);
    return decision;
  }

  isViewer(account: ServiceAccount): boolean {
    const { id, name, organizationId, role } = account;
    const caller: Caller = {
      kind: "service-account",
      serviceAccountId: id,
      serviceAccountName: name,
      organizationId,
      role,
      apiKeyId: "",
    };
    return this.check(caller, "accessSecret", organizationId).isAllowed;
  }

  advanceEpoch(): void {
    this.#kept.clear();
  }
}

function decide(
  caller: Exclude<Caller, { readonly kind: "anonymous" }>,
  action: string,
  resource: AccessResource,
): AccessDecision {
  const { principal, resource: target, entities } = questionOf(caller, resource);
  const answer = cedar.statefulIsAuthorized({
    principal,
    action: { type: "Action", id: action },
    resource: target,
    context: {},
    preparsedSchemaName: parsedName,
    validateRequest: true,
    preparsedPolicySetId: parsedName,
    entities,
  });
  if (answer.type === "failure") {
    // The schema does not foresee that this kind of caller does this to that kind of thing.
    return { isAllowed: false, reason: "not-applicable" };
  }
  const { decision, diagnostics } = answer.response;
  assert(diagnostics.errors.length === 0, "no policy fails while it is evaluated");
  if (decision === "allow") {
    return allowed;
  }
  const isWall = diagnostics.reason.some((policy) => policy === wallPolicy);
  return { isAllowed: false, reason: isWall ? "wall" : "role" };
}

/** An unambiguous text: JSON, not ids joined by a character that an id might one day contain. */
function keyOf(caller: Caller, action: string, resource: AccessResource): string {
  return JSON.stringify([
    caller.kind,
    actorOf(caller),
    "organizationId" in caller ? caller.organizationId : null,
    "role" in caller ? caller.role : null,
    action,
    resource.kind,
    "organizationId" in resource ? resource.organizationId : null,
    "id" in resource ? resource.id : null,
  ]);
}

function actionsOf(text: string): ReadonlySet<string> {
  const answer = cedar.schemaToJson(text);
  assert(answer.type === "success", "the schema can be read as JSON");
  const namespaces = Object.values(answer.json);
  return new Set(
    namespaces.flatMap(({ actions }) =>
      Object.entries(actions)
        .filter(([, { appliesTo }]) => (appliesTo?.resourceTypes.length ?? 0) > 0)
        .map(([action]) => action),
    ),
  );
}
