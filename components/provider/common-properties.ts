import { namePattern, nameRule } from "@holdfast/foundation/identifier.ts";
import type { Property, TextProperty } from "./property.ts";

/** The organization that a resource belongs to. */
export const organizationProperty: Property = {
  type: "string",
  description: "Name or id of the organization. Another one replaces the resource.",
  required: true,
  replaces: true,
  rule: (value) => (value === "" ? "must not be empty" : undefined),
};

/** The name of a resource, unique among its kind in the organization. */
export function nameProperty(of: string): Property {
  return {
    type: "string",
    description: `Name of the ${of}: ${nameRule}. Another one replaces the resource.`,
    required: true,
    replaces: true,
    rule: (value) => (namePattern.test(value) ? undefined : `must be ${nameRule}`),
  };
}

/** A text for people. */
export const descriptionProperty: TextProperty = {
  type: "string",
  description: "For people: up to 1,000 characters.",
  default: "",
  rule: (value) => (value.length <= 1_000 ? undefined : "must have 1,000 characters at most"),
};

/** The id of the organization, whatever the program calls it by. */
export const organizationIdOutput: Property = {
  type: "string",
  description: "Id of the organization.",
  required: true,
};

/** When the object was made. */
export const createdAtOutput: Property = {
  type: "string",
  description: "When it was made (ISO 8601, UTC).",
  required: true,
};

/** A value that the control plane keeps, with a bound on its size. */
export function valueProperty(description: string): Omit<TextProperty, "secret"> {
  return {
    type: "string",
    description,
    required: true,
    rule: (value) => {
      const bytes = Buffer.byteLength(value);
      return bytes >= 1 && bytes <= 65_536 ? undefined : "must have 1 to 65,536 bytes";
    },
  };
}
