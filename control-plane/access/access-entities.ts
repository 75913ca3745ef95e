import type { EntityJson, TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import { assert } from "@holdfast/foundation/failure.ts";
import type { AccessResource } from "./access.ts";
import type { Caller } from "./caller.ts";

/** Principal and resource of one question, with every entity that the answer can depend on. */
export interface Question {
  readonly principal: TypeAndId;
  readonly resource: TypeAndId;
  readonly entities: EntityJson[];
}

const platform: TypeAndId = { type: "Platform", id: "platform" };
const organization = (id: string): TypeAndId => ({ type: "Organization", id });
const role = (id: string): TypeAndId => ({ type: "Role", id });

/** Each role is in the one that it includes. */
const roles: readonly EntityJson[] = (
  [
    ["viewer", []],
    ["operator", ["viewer"]],
    ["administrator", ["operator"]],
    ["installation-administrator", ["administrator"]],
  ] as const
).map(([id, included]) => entity(role(id), included.map(role)));

const resourceType = {
  runner: "Runner",
  secret: "Secret",
  variable: "Variable",
  connection: "Connection",
  operation: "Operation",
  "service-account": "ServiceAccount",
  audit: "Audit",
} as const;

/** Puts a question into Cedar's words. */
export function questionOf(
  caller: Exclude<Caller, { readonly kind: "anonymous" }>,
  resource: AccessResource,
): Question {
  const principal = principalOf(caller);
  const target = resourceOf(resource);
  const organizationIds = new Set(
    [
      caller.organizationId,
      "organizationId" in resource ? resource.organizationId : undefined,
    ].filter((id) => id !== undefined),
  );
  const byUid = new Map(
    [
      entity(platform, []),
      ...[...organizationIds].map((id) => entity(organization(id), [platform])),
      // A service account may be caller and resource in one: then it is the one with the roles.
      target,
      principal,
    ].map((each) => [JSON.stringify(each.uid), each]),
  );
  return {
    principal: uidOf(principal),
    resource: uidOf(target),
    entities: [...roles, ...byUid.values()],
  };
}

function principalOf(caller: Exclude<Caller, { readonly kind: "anonymous" }>): EntityJson {
  const { organizationId } = caller;
  if (caller.kind === "runner") {
    return entity(
      { type: "RunnerIdentity", id: caller.runnerId },
      [role("viewer")],
      organizationId,
    );
  }
  const held = organizationId === undefined ? "installation-administrator" : caller.role;
  assert(held !== undefined, "a service account of an organization has a role");
  const parents = [
    role(held),
    ...(organizationId === undefined ? [] : [organization(organizationId)]),
  ];
  return entity({ type: "ServiceAccount", id: caller.serviceAccountId }, parents, organizationId);
}

function resourceOf(resource: AccessResource): EntityJson {
  if (resource.kind === "platform") {
    return entity(platform, []);
  }
  return resource.kind === "organization"
    ? entity(organization(resource.organizationId), [platform])
    : entity({ type: resourceType[resource.kind], id: resource.id }, [
        organization(resource.organizationId),
      ]);
}

function entity(
  uid: TypeAndId,
  parents: readonly TypeAndId[],
  organizationId?: string,
): EntityJson {
  return {
    uid,
    attrs:
      organizationId === undefined
        ? {}
        : { organization: { __entity: organization(organizationId) } },
    parents: [...parents],
  };
}

function uidOf(of: EntityJson): TypeAndId {
  assert("type" in of.uid, "entities are named by type and id");
  return of.uid;
}
