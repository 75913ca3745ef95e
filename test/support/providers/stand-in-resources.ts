import { createHash, randomBytes } from "node:crypto";
import { type Difference, differencesOf, isAtOrBelow, replacingPaths } from "./differences.ts";
import type { PublishedTypes } from "./published-types.ts";
import {
  type InputProblem,
  PartialFailure,
  type StandInContext,
  type StandInProvider,
  type StandInResource,
  type Values,
  valueAt,
  withValueAt,
} from "./stand-in-provider.ts";
import { endPartially, type StandInCall, type StandInWorld } from "./stand-in-world.ts";

/** Input that says which properties were named here, and not by the program; the bridged providers have the same. */
const defaultsKey = "__defaults";

/** What every call about a resource has. */
export interface ResourceCall {
  readonly urn: string;
  readonly configuration: Values;
}

/** What the engine has in its state. */
export interface StandInState {
  readonly id: string;
  readonly inputs: Values;
  readonly outputs: Values;
}

/** What `diff` found. */
export interface StandInDifference {
  readonly differences: readonly (Difference & { readonly replaces: boolean })[];
  readonly replaces: readonly string[];
  readonly isDeletedFirst: boolean;
}

/** The resources of one provider: judged, named, compared, made, kept. Values are without marks of secrecy. */
export class StandInResources {
  readonly #provider: StandInProvider;
  readonly #world: StandInWorld;
  readonly #types: PublishedTypes;

  constructor(provider: StandInProvider, world: StandInWorld, types: PublishedTypes) {
    this.#provider = provider;
    this.#world = world;
    this.#types = types;
  }

  check(
    { urn }: ResourceCall,
    olds: Values,
    given: Values,
    seed: Uint8Array,
  ): { readonly inputs: Values; readonly problems: readonly InputProblem[] } {
    const { token, name } = partsOf(urn);
    const resource = this.resource(token);
    const news = withoutDefaults(given);
    const problems = [
      ...this.#types.problemsOf(resource.publishedAs ?? token, news),
      ...(resource.check?.(news) ?? []),
    ];
    const named = withName(resource, name, olds, { ...news, ...missingOf(resource, news) }, seed);
    return { inputs: named, problems };
  }

  diff({ urn }: ResourceCall, state: StandInState, news: Values): StandInDifference {
    const resource = this.resource(partsOf(urn).token);
    const before = withoutDefaults(state.inputs);
    const now = withoutDefaults(news);
    const replaces = replacingPaths(resource, before, now, state.outputs);
    const differences = differencesOf(before, now);
    // What replaces without any change of inputs, such as a certificate that is due.
    const others = replaces
      .filter((top) => !differences.some(({ path }) => touches(path, top)))
      .map((path): Difference => ({ path, kind: "update" }));
    return {
      differences: [...differences, ...others].map((difference) => ({
        ...difference,
        replaces: replaces.some((top) => touches(difference.path, top)),
      })),
      replaces,
      isDeletedFirst: replaces.length > 0 && isFixedName(resource, state.inputs, news),
    };
  }

  async create(
    { urn, configuration }: ResourceCall,
    given: Values,
    isPreview: boolean,
  ): Promise<{ readonly id: string; readonly outputs: Values }> {
    const { token, name } = partsOf(urn);
    const resource = this.resource(token);
    const inputs = withoutDefaults(given);
    const call = { method: "create", token, urn, name, id: "", inputs, isPreview } as const;
    const failure = this.#world.record({ ...call, configuration });
    if (isPreview) {
      return { id: "", outputs: inputs };
    }
    const context = this.#context({ urn, configuration });
    const keep = (id: string, outputs: Values): void => {
      this.#world.add(
        { token, id, urn, inputs, outputs, configuration },
        resource.mayExist ?? false,
      );
    };
    try {
      const made = await resource.create(inputs, context);
      const outputs = { ...inputs, ...made.outputs };
      keep(made.id, outputs);
      endPartially(failure, made.id, outputs);
      return { id: made.id, outputs };
    } catch (error) {
      if (error instanceof PartialFailure && failure === undefined) {
        const outputs = { ...inputs, ...error.outputs };
        keep(error.id, outputs);
        throw new PartialFailure(error.message, { id: error.id, outputs });
      }
      throw error;
    }
  }

  async update(
    { urn, configuration }: ResourceCall,
    { id, inputs: olds, outputs: state }: StandInState,
    given: Values,
    isPreview: boolean,
  ): Promise<Values> {
    const { token, name } = partsOf(urn);
    const resource = this.resource(token);
    const inputs = withoutDefaults(given);
    const call = { method: "update", token, urn, name, id, inputs, isPreview } as const;
    const failure = this.#world.record({ ...call, configuration });
    const gone = isPreview ? (resource.computedOnUpdate ?? []) : [];
    const echoed = { ...without(state, [...Object.keys(olds), ...gone]), ...inputs };
    if (isPreview) {
      return echoed;
    }
    const changed = await resource.update?.(
      id,
      inputs,
      state,
      this.#context({ urn, configuration }),
    );
    const outputs = { ...echoed, ...changed };
    this.#world.replace({ token, id, urn, inputs, outputs, configuration });
    endPartially(failure, id, outputs);
    return outputs;
  }

  async read(
    { urn, configuration }: ResourceCall,
    { id, outputs: state }: StandInState,
  ): Promise<{ readonly inputs: Values; readonly outputs: Values } | undefined> {
    const { token, name } = partsOf(urn);
    const resource = this.resource(token);
    const call = { method: "read", token, urn, name, id, inputs: {}, isPreview: false } as const;
    this.#world.record({ ...call, configuration });
    const kept = this.#world.find({ token, id, configuration });
    const outputs =
      resource.read === undefined
        ? kept?.outputs
        : await resource.read(id, state, this.#context({ urn, configuration }));
    return outputs === undefined ? undefined : { inputs: kept?.inputs ?? {}, outputs };
  }

  async delete(
    { urn, configuration }: ResourceCall,
    { id, inputs, outputs }: StandInState,
  ): Promise<void> {
    const { token, name } = partsOf(urn);
    const call = { method: "delete", token, urn, name, id, isPreview: false } as const;
    this.#world.record({ ...call, inputs: withoutDefaults(inputs), configuration });
    await this.resource(token).delete?.(id, outputs, this.#context({ urn, configuration }));
    this.#world.remove({ token, id, configuration });
  }

  async invoke(token: string, args: Values, configuration: Values): Promise<Values> {
    const answer = this.#provider.functions?.[token];
    if (answer === undefined) {
      throw new Error(`the stand-in for ${this.#provider.packageName} has no function ${token}`);
    }
    const call: StandInCall = {
      method: "invoke",
      token,
      urn: "",
      name: "",
      id: "",
      inputs: args,
      isPreview: false,
      configuration,
    };
    this.#world.record(call);
    return await answer(args, configuration);
  }

  /** @throws if there is no such type here. */
  resource(token: string): StandInResource {
    const resource = this.#provider.resources[token];
    if (resource === undefined) {
      throw new Error(`the stand-in for ${this.#provider.packageName} has no resource ${token}`);
    }
    return resource;
  }

  #context({ urn, configuration }: ResourceCall): StandInContext {
    return { ...partsOf(urn), urn, configuration, objects: this.#world.objects };
  }
}

/** Token and logical name, which stand in a URN: `urn:pulumi:stack::project::parent$type::name`. */
export function partsOf(urn: string): { readonly token: string; readonly name: string } {
  const [, , types = "", ...names] = urn.split("::");
  return { token: types.split("$").at(-1) ?? "", name: names.join("::") };
}

function missingOf(resource: StandInResource, news: Values): Values {
  return Object.fromEntries(
    Object.entries(resource.defaults?.(news) ?? {}).filter(([name]) => news[name] === undefined),
  );
}

function withName(
  { autoName }: StandInResource,
  logicalName: string,
  olds: Values,
  news: Values,
  seed: Uint8Array,
): Values {
  if (
    autoName === undefined ||
    valueAt(news, autoName.property) !== undefined ||
    (autoName.unless !== undefined && valueAt(news, autoName.unless) !== undefined)
  ) {
    return news;
  }
  const { property, maxLength = Number.POSITIVE_INFINITY, separator = "-", digits = 7 } = autoName;
  const before = isNamedHere(olds, property) ? valueAt(olds, property) : undefined;
  const random = createHash("sha256")
    .update(seed.length === 0 ? randomBytes(16) : seed)
    .update(logicalName)
    .digest("hex")
    .slice(0, digits);
  const start = logicalName.slice(0, maxLength - separator.length - digits);
  const named = withValueAt(news, property, before ?? `${start}${separator}${random}`);
  return { ...named, [defaultsKey]: [property] };
}

function isNamedHere(inputs: Values, property: string): boolean {
  const names = inputs[defaultsKey];
  return Array.isArray(names) && names.includes(property);
}

/** Whether the new one cannot stand beside the old one. */
function isFixedName(resource: StandInResource, olds: Values, news: Values): boolean {
  const { autoName, deleteBeforeReplace = false } = resource;
  if (!deleteBeforeReplace || autoName === undefined) {
    return deleteBeforeReplace;
  }
  const name = valueAt(news, autoName.property);
  return (
    name !== undefined &&
    !isNamedHere(news, autoName.property) &&
    valueAt(olds, autoName.property) === name
  );
}

function touches(path: string, top: string): boolean {
  return isAtOrBelow(path, top) || isAtOrBelow(top, path);
}

function withoutDefaults(inputs: Values): Values {
  return without(inputs, [defaultsKey]);
}

function without(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)));
}
