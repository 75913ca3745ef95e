import { providerVersion } from "../version.ts";
import { resourceKinds, tokenOf } from "./catalog.ts";
import { configurationProperties } from "./configuration.ts";
import type { ObjectProperty, Properties, Property } from "./property.ts";
import type { ResourceKind } from "./resource-kind.ts";

type Json = Readonly<Record<string, unknown>>;

/** The package schema of Pulumi (its metaschema), made from the descriptions of the properties. */
export function packageSchema(): Json {
  const configuration = mapProperties(configurationProperties);
  return {
    name: "holdfast",
    displayName: "Holdfast",
    version: providerVersion,
    description: "Act in a customer's clouds without ever holding the customer's keys.",
    keywords: ["pulumi", "holdfast", "kind/native", "category/infrastructure"],
    license: "Apache-2.0",
    meta: { moduleFormat: "(.*)" },
    config: { variables: configuration },
    provider: {
      description: "Where the control plane is, and who calls.",
      inputProperties: configuration,
    },
    types: Object.fromEntries(
      resourceKinds
        .flatMap(({ inputs }) => objectsIn(inputs))
        .map((object) => [
          typeToken(object),
          { type: "object", description: object.description, ...members(object.properties) },
        ]),
    ),
    resources: Object.fromEntries(resourceKinds.map((kind) => [tokenOf(kind), resource(kind)])),
    language: { nodejs: { respectSchemaVersion: true } },
  };
}

function resource(kind: ResourceKind): Json {
  const { properties, required } = members({ ...kind.inputs, ...kind.outputs });
  // What has a default is always there, once the inputs have been checked.
  const defaulted = Object.entries(kind.inputs)
    .filter(([, property]) => "default" in property)
    .map(([name]) => name);
  return {
    description: kind.description,
    properties,
    required: [...required, ...defaulted].sort(),
    inputProperties: mapProperties(kind.inputs),
    requiredInputs: members(kind.inputs).required,
  };
}

function members(properties: Properties) {
  return {
    properties: mapProperties(properties),
    required: Object.entries(properties)
      .filter(([, property]) => property.required === true)
      .map(([name]) => name)
      .sort(),
  };
}

function mapProperties(properties: Properties): Json {
  return Object.fromEntries(
    Object.entries(properties).map(([name, property]) => [
      name,
      {
        ...typeOf(property),
        description: describe(property),
        ...("default" in property ? { default: property.default } : {}),
        ...(property.secret === true ? { secret: true } : {}),
        ...(property.replaces === true ? { willReplaceOnChanges: true } : {}),
      },
    ]),
  );
}

function typeOf(property: Property): Json {
  switch (property.type) {
    case "object":
      return { $ref: `#/types/${typeToken(property)}` };
    case "map":
      return { type: "object", additionalProperties: typeOf(property.values) };
    default:
      return { type: property.type };
  }
}

function describe(property: Property): string {
  return property.type === "string" && property.values !== undefined
    ? `${property.description} One of ${property.values.map((word) => `\`${word}\``).join(", ")}.`
    : property.description;
}

function typeToken({ name }: ObjectProperty): string {
  return `holdfast:index:${name}`;
}

/** All objects at any depth. */
function objectsIn(properties: Properties): readonly ObjectProperty[] {
  return Object.values(properties).flatMap((property) => {
    const inner = property.type === "map" ? property.values : property;
    return inner.type === "object" ? [inner, ...objectsIn(inner.properties)] : [];
  });
}
