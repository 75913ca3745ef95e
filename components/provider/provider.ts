import { Failure } from "@holdfast/foundation/failure.ts";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import type { Connect } from "./api.ts";
import { resourceKinds, tokenOf } from "./catalog.ts";
import { type Checked, checkProperties } from "./check.ts";
import { checkConfiguration, type Environment } from "./check-configuration.ts";
import { configurationProperties } from "./configuration.ts";
import { diffProperties, type PropertyChange } from "./diff.ts";
import type { Properties } from "./property.ts";
import { type PropertyMap, secretUnknown, unknown } from "./property-value.ts";
import { makeReference } from "./reference.ts";
import type { ResourceKind, Surroundings } from "./resource-kind.ts";

/** What the provider takes from its surroundings. */
export interface ProviderOptions {
  readonly connect: Connect;
  readonly environment: Environment;
  /** Shows a line to whoever runs Pulumi. */
  readonly inform: (line: string) => void;
}

/** How a resource changes. */
export interface Difference {
  readonly changes: readonly PropertyChange[];
  /** Two of the same name cannot be: the old one goes first. */
  readonly deleteBeforeReplace: boolean;
}

/** A resource of the state. */
export interface Stored {
  readonly id: string;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/** A call may take this long, unless the resource's own timeout says otherwise. */
const callMsMax = 60_000;

/**
 * The provider, without the engine's wire format: judges, compares and makes resources.
 *
 * guarantee: judging, comparing and previewing never leave the process and read no file.
 */
export class Provider {
  readonly #options: ProviderOptions;
  readonly #canceled = new AbortController();
  #configuration: PropertyMap = {};
  #client: Promise<ApiClient> | undefined;

  constructor(options: ProviderOptions) {
    this.#options = options;
  }

  /** Judges the provider's own configuration. */
  checkConfiguration(urn: string, given: PropertyMap): Checked {
    return checkConfiguration(urn, given, this.#options.environment);
  }

  /** Where the control plane is and who calls may change without touching any resource. */
  diffConfiguration(olds: PropertyMap, news: PropertyMap): readonly PropertyChange[] {
    return diffProperties(configurationProperties, olds, news);
  }

  /** Takes the configuration; it is used when the first call is made. */
  configure(configuration: PropertyMap): void {
    this.#configuration = configuration;
    this.#client = undefined;
  }

  /** Judges inputs, all problems at once. */
  check(kind: ResourceKind, given: PropertyMap): Checked {
    const { inputs, problems } = checkProperties(kind.inputs, given);
    return { inputs, problems: [...problems, ...(kind.rule?.(inputs) ?? [])] };
  }

  /** Compares the inputs of the state with those wanted. */
  diff(kind: ResourceKind, olds: PropertyMap, news: PropertyMap): Difference {
    const changes = diffProperties(kind.inputs, olds, news);
    const moves = changes.some(
      ({ property }) => property === "name" || property === "organization",
    );
    return {
      changes,
      deleteBeforeReplace: kind.hasUniqueName && !moves && changes.some(({ replaces }) => replaces),
    };
  }

  /** What a create would give, as far as it can be known without doing it. */
  previewCreate(kind: ResourceKind, inputs: PropertyMap): PropertyMap {
    return { ...inputs, ...unknownOutputs(kind.outputs, Object.keys(kind.outputs)) };
  }

  /** Makes the object. */
  async create(kind: ResourceKind, inputs: PropertyMap): Promise<Stored> {
    const found = await kind.create(this.#surroundings(), inputs);
    return { id: found.id, inputs, outputs: { ...inputs, ...found.outputs } };
  }

  /** Reads the object; undefined if it is gone. */
  async read(kind: ResourceKind, stored: Stored): Promise<Stored | undefined> {
    const found = await ifThere(
      async () => await kind.read(this.#surroundings(), makeReference(kind, stored)),
    );
    return found === undefined
      ? undefined
      : { ...found, outputs: { ...found.inputs, ...found.outputs } };
  }

  /** What an update would give, as far as it can be known without doing it. */
  previewUpdate(kind: ResourceKind, stored: Stored, news: PropertyMap): PropertyMap {
    const names = kind.unstable(changedNames(kind, stored, news));
    return {
      ...outputsBeyond(kind, stored.outputs),
      ...news,
      ...unknownOutputs(kind.outputs, names),
    };
  }

  /** Changes the object. */
  async update(kind: ResourceKind, stored: Stored, news: PropertyMap): Promise<PropertyMap> {
    const outputs = await kind.update(this.#surroundings(), {
      ...makeReference(kind, stored),
      news,
      changed: changedNames(kind, stored, news),
    });
    return { ...outputsBeyond(kind, outputs), ...news };
  }

  /** Removes the object; one that is gone already is fine. */
  async remove(kind: ResourceKind, stored: Stored): Promise<void> {
    await ifThere(async () => await kind.remove(this.#surroundings(), makeReference(kind, stored)));
  }

  /** Ends all calls. */
  cancel(): void {
    this.#canceled.abort();
  }

  #connect(): Promise<ApiClient> {
    const { connect, environment } = this.#options;
    this.#client ??= connect(this.#configuration, environment).catch((error: unknown) => {
      // The next call tries anew: the file may be there by then.
      this.#client = undefined;
      throw error;
    });
    return this.#client;
  }

  #surroundings(): Surroundings {
    return {
      call: async (method, request) => {
        const client = await this.#connect();
        return await client.call(method, request, {
          deadlineMs: callMsMax,
          signal: this.#canceled.signal,
        });
      },
      inform: this.#options.inform,
    };
  }
}

/**
 * The kind of a resource by its token.
 *
 * @throws {Failure} `request.invalid` if there is none.
 */
export function kindOf(token: string): ResourceKind {
  const kind = resourceKinds.find((each) => tokenOf(each) === token);
  if (kind === undefined) {
    throw new Failure(
      "request.invalid",
      `The provider holdfast has no resource ${token}; it has ${resourceKinds.map(tokenOf).join(", ")}.`,
    );
  }
  return kind;
}

/** Absence is an answer, not a failure, where an object is read or removed. */
async function ifThere<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Failure && error.rule.kind === "missing") {
      return undefined;
    }
    throw error;
  }
}

function changedNames(kind: ResourceKind, { inputs }: Stored, news: PropertyMap) {
  return new Set(diffProperties(kind.inputs, inputs, news).map(({ property }) => property));
}

/** Outputs that are no inputs: the inputs come from the program. */
function outputsBeyond(kind: ResourceKind, outputs: PropertyMap): PropertyMap {
  return Object.fromEntries(
    Object.entries(outputs).filter(([name]) => Object.hasOwn(kind.outputs, name)),
  );
}

function unknownOutputs(outputs: Properties, names: readonly string[]): PropertyMap {
  return Object.fromEntries(
    names.map((name) => [name, outputs[name]?.secret === true ? secretUnknown : unknown]),
  );
}
