import type { PropertyValue } from "./property-value.ts";

interface Described {
  /** For the schema and its readers: whole sentences. */
  readonly description: string;
  /** Must be given. */
  readonly required?: true;
  /** Encrypted in the state, whether the program says so or not. */
  readonly secret?: true;
  /** A change replaces the resource. */
  readonly replaces?: true;
}

/** A text; `rule` judges it and answers with what is wrong, without repeating the value. */
export interface TextProperty extends Described {
  readonly type: "string";
  readonly default?: string;
  readonly values?: readonly string[];
  readonly rule?: (value: string) => string | undefined;
}

/** A whole number from `min` to `max`. */
export interface IntegerProperty extends Described {
  readonly type: "integer";
  readonly default?: number;
  readonly min: number;
  readonly max: number;
}

/** Yes or no. */
export interface BooleanProperty extends Described {
  readonly type: "boolean";
  readonly default?: boolean;
}

/** An object with properties of its own; `name` is its type's in the schema. */
export interface ObjectProperty extends Described {
  readonly type: "object";
  readonly name: string;
  readonly properties: Properties;
  /** Judges the object as a whole and answers with what is wrong. */
  readonly rule?: (value: Readonly<Record<string, PropertyValue>>) => string | undefined;
}

/** Any number of values of one kind, by name. */
export interface MapProperty extends Described {
  readonly type: "map";
  readonly values: Exclude<Property, MapProperty>;
}

/** What one property may be: check, diff and schema are all made from this. */
export type Property =
  | TextProperty
  | IntegerProperty
  | BooleanProperty
  | ObjectProperty
  | MapProperty;

/** Properties by name. */
export type Properties = Readonly<Record<string, Property>>;
