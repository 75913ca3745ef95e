import type { JsonValue } from "@bufbuild/protobuf";
import {
  type DescField,
  type DescMessage,
  getOption,
  type Message,
  toJson,
} from "@bufbuild/protobuf";
import { secret } from "../generated/holdfast/v1/options_pb.ts";

const mask = "[secret]";

/** Whether the schema marks a field as one that can carry a secret. */
export function isSecret(field: DescField): boolean {
  return getOption(field, secret);
}

/**
 * A message as JSON, with `[secret]` in place of every field that the schema marks: the only form in
 * which a message of the protocol may reach a log, the audit or an error.
 */
export function redact(schema: DescMessage, message: Message): JsonValue {
  return redactValue(schema, toJson(schema, message));
}

function redactValue(schema: DescMessage, json: JsonValue): JsonValue {
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    return json;
  }
  const fields = new Map(schema.fields.map((field) => [field.jsonName, field]));
  return Object.fromEntries(
    Object.entries(json).map(([name, value]) => {
      const field = fields.get(name);
      // A name without a field is a well-known type's own form, such as a timestamp's text.
      return [name, field === undefined ? value : redactField(field, value)];
    }),
  );
}

function redactField(field: DescField, value: JsonValue): JsonValue {
  if (isSecret(field)) {
    return mask;
  }
  const inner = messageOf(field);
  if (inner === undefined || value === null || typeof value !== "object") {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((each) => redactValue(inner, each));
  }
  if (field.fieldKind === "map") {
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, redactValue(inner, each)]),
    );
  }
  return redactValue(inner, value);
}

/** The message type that a field, a list or a map holds. */
function messageOf(field: DescField): DescMessage | undefined {
  switch (field.fieldKind) {
    case "message":
      return field.message;
    case "list":
    case "map":
      return field.message;
    default:
      return undefined;
  }
}
