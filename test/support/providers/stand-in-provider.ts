/**
 * What a cloud's provider does that matters to our components, one row per type of resource. The framework
 * (start-stand-ins.ts) does the rest: it speaks the engine's protocol, checks inputs against the vendor's
 * published types, names, compares, records, and keeps what "exists".
 */

/** A value that the engine does not know yet. Only `check` and `replaceWhen` ever see it. */
export const unknownValue: unique symbol = Symbol("unknown");

/** One value, without any mark of secrecy. */
export type Value =
  | null
  | boolean
  | number
  | string
  | typeof unknownValue
  | readonly Value[]
  | Values;

/** Inputs or outputs of a resource. */
export interface Values {
  readonly [name: string]: Value;
}

/** What is wrong with one input. */
export interface InputProblem {
  /** Path of the input, such as `settings.mode`. */
  readonly property: string;
  readonly reason: string;
}

/** One thing that exists in the "cloud" now. */
export interface StandInObject {
  readonly token: string;
  readonly id: string;
  readonly urn: string;
  readonly inputs: Values;
  /** All outputs, inputs included. */
  readonly outputs: Values;
  /** Configuration of the provider instance that made it, such as its region. */
  readonly configuration: Values;
}

/** What surrounds one call. */
export interface StandInContext {
  readonly token: string;
  readonly urn: string;
  /** Logical name of the resource in the program. */
  readonly name: string;
  /** Configuration of the provider instance that is called. */
  readonly configuration: Values;
  /** Everything that exists now, in the order of creation, of all providers. */
  readonly objects: readonly StandInObject[];
}

/** One type of resource. */
export interface StandInResource {
  /** Paths of inputs whose change replaces (the vendor's ForceNew), such as `namePrefix` or `metadata.name`. */
  readonly replaceOn: readonly string[];
  /** Further inputs whose change replaces; paths. `state` has the outputs as they are. */
  replaceWhen?(olds: Values, news: Values, state: Values): readonly string[];
  /** Property that is named when absent, as the real provider does it: logical name, separator, random digits. */
  readonly autoName?: {
    /** Path, such as `name` or `metadata.name`. */
    readonly property: string;
    /** Default: none. */
    readonly maxLength?: number;
    /** Default: `-`. */
    readonly separator?: string;
    /** Hexadecimal digits at the end. Default: 7. */
    readonly digits?: number;
    /** Another property that, when given, names instead, such as `namePrefix`. */
    readonly unless?: string;
  };
  /** When it is replaced and has a fixed name (or no `autoName`), the old one is deleted first. */
  readonly deleteBeforeReplace?: boolean;
  /** Names of outputs that are always secret. Inputs that came as secrets are secret as outputs anyway. */
  readonly secretOutputs?: readonly string[];
  /** Names of outputs that are not known in the preview of an update, even though they are known now. */
  readonly computedOnUpdate?: readonly string[];
  /** Creating what exists already succeeds (a "put"), such as attaching a policy twice. Default: it fails. */
  readonly mayExist?: boolean;
  /** Inputs that are checked against the published type of another token, such as a custom resource's. */
  readonly publishedAs?: string;
  /** Defaults that the real provider adds to the inputs at Check. */
  defaults?(inputs: Values): Values;
  /** Extra semantic checks of inputs at Check, as the vendor's schema does. */
  check?(inputs: Values): readonly InputProblem[];
  /** Makes it: id and computed outputs (inputs are echoed anyway). May write through to a real server. Throw to
   * fail; throw {@link PartialFailure} when the object exists but did not become ready. */
  create(inputs: Values, context: StandInContext): Promise<Created>;
  /** Computed outputs that change; without it, an update changes the echoed inputs only. */
  update?(id: string, inputs: Values, state: Values, context: StandInContext): Promise<Values>;
  /** All outputs as they are now, or undefined if it is gone. Without it: what is recorded here. */
  read?(id: string, state: Values, context: StandInContext): Promise<Values | undefined>;
  delete?(id: string, state: Values, context: StandInContext): Promise<void>;
}

/** What `create` made. */
export interface Created {
  readonly id: string;
  readonly outputs: Values;
}

/** The stand-in for one package. */
export interface StandInProvider {
  /** Name of the package, such as `aws`; the vendor's types are in `@pulumi/<packageName>`. */
  readonly packageName: string;
  /** By token, such as `aws:iam/role:Role`. A token that is not here fails. */
  readonly resources: Readonly<Record<string, StandInResource>>;
  /** By token, such as `aws:index/getCallerIdentity:getCallerIdentity`. */
  readonly functions?: Readonly<
    Record<string, (args: Values, configuration: Values) => Promise<Values>>
  >;
}

/** The object was made (or changed), but did not become what it should: the state keeps it, the update fails. */
export class PartialFailure extends Error {
  readonly id: string;
  readonly outputs: Values;

  constructor(message: string, { id, outputs }: Created) {
    super(message);
    this.name = "PartialFailure";
    this.id = id;
    this.outputs = outputs;
  }
}

/** The text at a name; "" if there is none. */
export function textOf(values: Values, name: string): string {
  const value = values[name];
  return typeof value === "string" ? value : "";
}

/** Whether a value is an object. */
export function isValues(value: Value | undefined): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is a list. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** The value at a path, such as `metadata.name` or `rules[0].port`; undefined if there is none. */
export function valueAt(values: Value | undefined, path: string): Value | undefined {
  let value = values;
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== "")) {
    if (isList(value)) {
      value = value[Number(key)];
    } else {
      value = isValues(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    }
  }
  return value;
}

/** The same values with another one at a path of names. */
export function withValueAt(values: Values, path: string, value: Value): Values {
  const [name = "", ...rest] = path.split(".");
  if (rest.length === 0) {
    return { ...values, [name]: value };
  }
  const inner = values[name];
  return { ...values, [name]: withValueAt(isValues(inner) ? inner : {}, rest.join("."), value) };
}
