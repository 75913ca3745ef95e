import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { Properties, Property } from "./property.ts";
import {
  isMap,
  isSecret,
  type PropertyMap,
  type PropertyValue,
  reveal,
  unknown,
} from "./property-value.ts";

/** Inputs as the provider goes on with them, and everything that is wrong with them. */
export interface Checked {
  /** With defaults filled in, and secret properties marked whatever the program said. */
  readonly inputs: PropertyMap;
  /** All problems at once; each `field` is a property path. No value is repeated. */
  readonly problems: readonly FieldProblem[];
}

/** Judges inputs by their description. What is unknown yet passes; it is judged again when it is known. */
export function checkProperties(properties: Properties, given: PropertyMap): Checked {
  const present = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
  return {
    inputs: complete(properties, present),
    problems: problemsOf(properties, present, ""),
  };
}

function complete(properties: Properties, given: PropertyMap): PropertyMap {
  const defaults = Object.entries(properties).flatMap(([name, property]) =>
    "default" in property && !Object.hasOwn(given, name) ? [[name, property.default] as const] : [],
  );
  const inputs = { ...Object.fromEntries(defaults), ...given };
  return Object.fromEntries(
    Object.entries(inputs).map(([name, value]) => [
      name,
      properties[name]?.secret === true && !isSecret(value) ? new Secret(value) : value,
    ]),
  );
}

function problemsOf(
  properties: Properties,
  given: PropertyMap,
  prefix: string,
): readonly FieldProblem[] {
  const strangers = Object.keys(given)
    .filter((name) => !Object.hasOwn(properties, name))
    .map((name) => ({
      field: prefix + name,
      problem: `is not a property here; there are ${Object.keys(properties).join(", ")}`,
    }));
  const wrong = Object.entries(properties).flatMap(([name, property]) =>
    problemsOfOne(property, reveal(given[name]), prefix + name),
  );
  return [...strangers, ...wrong];
}

function problemsOfOne(
  property: Property,
  value: PropertyValue | undefined,
  field: string,
): readonly FieldProblem[] {
  if (value === undefined || value === null) {
    return property.required === true ? [{ field, problem: "must be given" }] : [];
  }
  if (value === unknown) {
    return [];
  }
  switch (property.type) {
    case "object":
      return problemsOfObject(property, value, field);
    case "map":
      return isMap(value)
        ? Object.entries(value).flatMap(([key, each]) =>
            problemsOfOne(property.values, reveal(each), `${field}[${JSON.stringify(key)}]`),
          )
        : [{ field, problem: "must be an object" }];
    default: {
      const problem = problemOfScalar(property, value);
      return problem === undefined ? [] : [{ field, problem }];
    }
  }
}

function problemsOfObject(
  property: Extract<Property, { type: "object" }>,
  value: PropertyValue,
  field: string,
): readonly FieldProblem[] {
  if (!isMap(value)) {
    return [{ field, problem: "must be an object" }];
  }
  const problem = property.rule?.(value);
  return [
    ...problemsOf(property.properties, value, `${field}.`),
    ...(problem === undefined ? [] : [{ field, problem }]),
  ];
}

function problemOfScalar(
  property: Extract<Property, { type: "string" | "integer" | "boolean" }>,
  value: PropertyValue,
): string | undefined {
  switch (property.type) {
    case "string":
      if (typeof value !== "string") {
        return "must be a text";
      }
      return property.values === undefined || property.values.includes(value)
        ? property.rule?.(value)
        : `must be one of ${property.values.join(", ")}`;
    case "integer":
      return typeof value === "number" &&
        Number.isInteger(value) &&
        value >= property.min &&
        value <= property.max
        ? undefined
        : `must be a whole number from ${property.min} to ${property.max}`;
    case "boolean":
      return typeof value === "boolean" ? undefined : "must be true or false";
  }
}
