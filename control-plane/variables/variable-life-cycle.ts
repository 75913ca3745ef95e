import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import {
  descriptionProblems,
  nameProblems,
  refuseProblems,
  valueProblems,
} from "../named-thing.ts";
import type { Storage, Stores } from "../stores.ts";
import type { Variable } from "./variable.ts";

/** What the use cases of variables need. */
export interface VariableDependencies {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Finds a variable with the value of one version; 0 means the newest.
 *
 * @throws {Failure} `variable.not_found`
 */
export async function findVariable(
  stores: Stores,
  organizationId: string,
  wanted: { readonly variable: string; readonly version: number },
): Promise<Variable> {
  const variable = await stores.variables.find(organizationId, wanted.variable, wanted.version);
  if (variable === undefined) {
    throw new Failure(
      "variable.not_found",
      "There is no such variable, or no such version of it, in the organization.",
    );
  }
  return variable;
}

/**
 * Makes a variable.
 *
 * @throws {Failure} `request.invalid`; `variable.exists`.
 */
export async function createVariable(
  deps: VariableDependencies,
  actor: string,
  organizationId: string,
  draft: { readonly name: string; readonly description: string; readonly value: string },
): Promise<Variable> {
  refuseProblems(
    "variable",
    nameProblems(draft.name),
    descriptionProblems(draft.description),
    valueProblems(draft.value),
  );
  const nowMs = deps.clock.nowMs();
  const variable: Variable = {
    id: makeIdentifier("var", deps.random),
    organizationId,
    name: draft.name,
    description: draft.description,
    value: draft.value,
    version: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  return await deps.storage.write(async (stores) => {
    await stores.variables.insert(variable);
    await record(deps, stores, actor, "variable.created", variable);
    return variable;
  });
}

/**
 * Changes the description, or writes a new version of the value if it differs.
 *
 * @throws {Failure} `request.invalid`; `variable.not_found`.
 */
export async function updateVariable(
  deps: VariableDependencies,
  actor: string,
  organizationId: string,
  change: {
    readonly variable: string;
    readonly description: string | undefined;
    readonly value: string | undefined;
  },
): Promise<Variable> {
  refuseProblems(
    "variable",
    descriptionProblems(change.description ?? ""),
    valueProblems(change.value ?? ""),
  );
  return await deps.storage.write(async (stores) => {
    const present = await findVariable(stores, organizationId, {
      variable: change.variable,
      version: 0,
    });
    const value = change.value ?? present.value;
    const isNew = value !== present.value;
    const variable: Variable = {
      ...present,
      description: change.description ?? present.description,
      value,
      version: isNew ? present.version + 1 : present.version,
      updatedAtMs: isNew ? deps.clock.nowMs() : present.updatedAtMs,
    };
    await stores.variables.update(variable);
    await record(deps, stores, actor, "variable.updated", variable);
    return variable;
  });
}

/**
 * Removes a variable with all its versions.
 *
 * @throws {Failure} `variable.not_found`
 */
export async function deleteVariable(
  deps: VariableDependencies,
  actor: string,
  organizationId: string,
  nameOrId: string,
): Promise<void> {
  await deps.storage.write(async (stores) => {
    const variable = await findVariable(stores, organizationId, { variable: nameOrId, version: 0 });
    await stores.variables.delete(organizationId, variable.id);
    await record(deps, stores, actor, "variable.deleted", variable);
  });
}

async function record(
  deps: VariableDependencies,
  stores: Stores,
  actor: string,
  action: string,
  variable: Variable,
): Promise<void> {
  const detail = { name: variable.name, version: variable.version };
  await stores.audit.append(
    { organizationId: variable.organizationId, actor, action, subject: variable.id, detail },
    deps.clock.nowMs(),
  );
}
