import type { DescEnum, DescField, DescMessage } from "@bufbuild/protobuf";
import { ScalarType } from "@bufbuild/protobuf";
import type { FieldProblem } from "@holdfast/foundation/failure.ts";
import { parseReference } from "./reference.ts";

/** A message as JSON that is being put together. */
export interface JsonObject {
  [name: string]: unknown;
}

/** Collects all problems, so that they can be named at once. */
export type Report = (problem: FieldProblem) => void;

const referenceType = "holdfast.v1.Reference";

/** A field by any way of writing it: `label_selector`, `labelSelector` or `label-selector`. */
export function findField(schema: DescMessage, name: string): DescField | undefined {
  const plain = name.replaceAll("-", "_");
  return schema.fields.find((field) => field.name === plain || field.jsonName === name);
}

/** What to say where a name is not known. */
export function unknownField(schema: DescMessage, path: string): FieldProblem {
  const names = schema.fields.map(({ name }) => name).join(", ");
  return {
    field: path,
    problem: names === "" ? "is unknown; there is no input" : `is unknown; allowed: ${names}`,
  };
}

/** Whether a message may be written as one text. */
export function isWrittenAsText(schema: DescMessage): boolean {
  return schema.typeName === referenceType || schema.typeName.startsWith("google.protobuf.");
}

/**
 * Brings JSON or YAML into the form that protobuf-es reads: names of fields as it writes them, words of
 * enums, text where a number or a flag is meant, and references in their short form.
 */
export function normalizeMessage(
  schema: DescMessage,
  value: unknown,
  path: string,
  report: Report,
): unknown {
  if (schema.typeName === referenceType && typeof value === "string") {
    return referenceJson(value);
  }
  if (schema.typeName.startsWith("google.protobuf.")) {
    return value;
  }
  if (!isObject(value)) {
    report({ field: path, problem: "must be an object" });
    return value;
  }
  const normal: JsonObject = {};
  for (const [name, each] of Object.entries(value)) {
    const field = findField(schema, name);
    const inside = path === "" ? (field?.name ?? name) : `${path}.${field?.name ?? name}`;
    if (field === undefined) {
      report(unknownField(schema, inside));
    } else {
      normal[field.jsonName] = normalizeField(field, each, inside, report);
    }
  }
  return normal;
}

function normalizeField(field: DescField, value: unknown, path: string, report: Report): unknown {
  if (field.fieldKind === "list") {
    if (!Array.isArray(value)) {
      report({ field: path, problem: "must be a list" });
      return value;
    }
    return value.map((each, index) => normalizeOne(field, each, `${path}[${index}]`, report));
  }
  if (field.fieldKind === "map") {
    if (!isObject(value)) {
      report({ field: path, problem: "must be an object" });
      return value;
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [
        key,
        normalizeOne(field, each, `${path}[${key}]`, report),
      ]),
    );
  }
  return normalizeOne(field, value, path, report);
}

/** A value, or an element of a list or map: its type stands at the field in the same way. */
function normalizeOne(field: DescField, value: unknown, path: string, report: Report): unknown {
  if (field.message !== undefined) {
    return normalizeMessage(field.message, value, path, report);
  }
  if (field.enum !== undefined) {
    return normalizeEnum(field.enum, value, path, report);
  }
  return normalizeScalar(field.scalar, value, path, report);
}

function normalizeEnum(schema: DescEnum, value: unknown, path: string, report: Report): unknown {
  if (typeof value !== "string") {
    return value;
  }
  const word = value.toUpperCase().replaceAll("-", "_");
  const found = schema.values.find(({ name, localName }) => name === word || localName === word);
  if (found === undefined) {
    const words = schema.values.map(({ localName }) =>
      localName.toLowerCase().replaceAll("_", "-"),
    );
    report({ field: path, problem: `must be one of ${words.slice(1).join(", ")}` });
  }
  return found?.name ?? value;
}

function normalizeScalar(
  scalar: ScalarType,
  value: unknown,
  path: string,
  report: Report,
): unknown {
  if (scalar === ScalarType.STRING) {
    // YAML reads `1.30` as a number and `yes` as a flag: whoever meant text writes it so.
    if (typeof value !== "string") {
      report({ field: path, problem: "must be text" });
    }
    return value;
  }
  if (scalar === ScalarType.BOOL) {
    if (value === true || value === false || value === "true" || value === "false") {
      return value === true || value === "true";
    }
    report({ field: path, problem: "must be true or false" });
    return value;
  }
  if (scalar === ScalarType.BYTES) {
    if (typeof value !== "string" || !/^[A-Za-z0-9+/_-]*={0,2}$/.test(value)) {
      report({ field: path, problem: "must be text in base64" });
    }
    return value;
  }
  return normalizeNumber(scalar, value, path, report);
}

function normalizeNumber(
  scalar: ScalarType,
  value: unknown,
  path: string,
  report: Report,
): unknown {
  const isDecimal = scalar === ScalarType.DOUBLE || scalar === ScalarType.FLOAT;
  const isNegativeAllowed = scalar !== ScalarType.UINT32 && scalar !== ScalarType.UINT64;
  const text = typeof value === "number" ? String(value) : value;
  const pattern = isDecimal ? /^-?\d+(?:\.\d+)?$/ : isNegativeAllowed ? /^-?\d+$/ : /^\d+$/;
  if (typeof text !== "string" || !pattern.test(text)) {
    const kind = isNegativeAllowed ? "number" : "number of at least 0";
    report({ field: path, problem: `must be a ${isDecimal ? kind : `whole ${kind}`}` });
    return value;
  }
  return Number(text);
}

function referenceJson(text: string): JsonObject {
  const { source, version } = parseReference(text, "the input");
  return source?.case === undefined
    ? {}
    : {
        [source.case]: source.value,
        ...(version === 0 || version === undefined ? {} : { version }),
      };
}

/** Whether a value of JSON or YAML is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
