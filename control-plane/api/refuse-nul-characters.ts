import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { isSecret } from "@holdfast/protocol/classification/redact.ts";

const nul = "\u0000";

/**
 * Refuses texts that the store cannot hold: PostgreSQL has no NUL in a text (its manual, "Character Types").
 * Fields that are marked as secrets may have one: they are stored encrypted.
 *
 * @throws {Failure} `request.invalid`, naming every such field.
 */
export function refuseNulCharacters(schema: DescMessage, request: Message): void {
  const fields = problemsOf(reflect(schema, request), "");
  if (fields.length > 0) {
    throw new Failure("request.invalid", "The request has a text with a NUL character.", {
      fields,
    });
  }
}

function problemsOf(message: ReflectMessage, prefix: string): readonly FieldProblem[] {
  return message.fields
    .filter((field) => !isSecret(field) && message.isSet(field))
    .flatMap((field) => problemsOfField(message, field, `${prefix}${field.name}`));
}

function problemsOfField(
  message: ReflectMessage,
  field: DescField,
  path: string,
): readonly FieldProblem[] {
  switch (field.fieldKind) {
    case "scalar":
      return problemsOfValue(message.get(field), path);
    case "message":
      return problemsOf(message.get(field), `${path}.`);
    case "list":
      return [...message.get(field)].flatMap((value, index) =>
        problemsOfAny(value, `${path}[${index}]`),
      );
    case "map":
      return [...message.get(field)].flatMap(([key, value]) => [
        ...problemsOfValue(key, path),
        ...problemsOfAny(value, path),
      ]);
    default:
      return [];
  }
}

function problemsOfAny(value: unknown, path: string): readonly FieldProblem[] {
  const isMessage = typeof value === "object" && value !== null && "desc" in value;
  // A list or a map holds messages, which alone have a description, or plain values.
  return isMessage ? problemsOf(value as ReflectMessage, `${path}.`) : problemsOfValue(value, path);
}

function problemsOfValue(value: unknown, path: string): readonly FieldProblem[] {
  return typeof value === "string" && value.includes(nul)
    ? [{ field: path, problem: "must not have a NUL character" }]
    : [];
}
