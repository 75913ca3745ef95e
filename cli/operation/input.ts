import type { DescField, DescMessage, JsonValue, MessageShape } from "@bufbuild/protobuf";
import { fromJson } from "@bufbuild/protobuf";
import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { isSecret } from "@holdfast/protocol/classification/redact.ts";
import {
  findField,
  isObject,
  isWrittenAsText,
  type JsonObject,
  normalizeMessage,
  type Report,
  unknownField,
} from "./input-json.ts";

/** Where the input of an operation comes from. */
export interface InputSource {
  /** What `--input-file` had, parsed. */
  readonly document: unknown;
  /** `--input key=value`, in order, on top of the document. */
  readonly assignments: readonly (readonly [key: string, text: string])[];
}

/**
 * Makes the input message of an operation.
 *
 * shape: a key is the path of a field, `page.limit`; in brackets a key of a map that has dots,
 * `configuration[aws:region]`; a list grows with each assignment.
 *
 * @throws {Failure} `operation.input_invalid`, naming every problem and, for a name that is not known, the
 *   names that are; no value is repeated.
 */
export function buildInput<Schema extends DescMessage>(
  schema: Schema,
  source: InputSource,
): MessageShape<Schema> {
  const problems: FieldProblem[] = [];
  const report: Report = (problem) => problems.push(problem);
  const document = normalizeMessage(schema, source.document ?? {}, "", report);
  const input: JsonObject = isObject(document) ? document : {};
  for (const [key, text] of source.assignments) {
    assign({ schema, target: input, key, text, report }, splitKey(key));
  }
  const json = problems.length === 0 ? normalizeMessage(schema, input, "", report) : input;
  if (problems.length > 0) {
    throw new Failure("operation.input_invalid", "The input of the operation is wrong.", {
      fields: problems,
    });
  }
  return read(schema, json);
}

function read<Schema extends DescMessage>(schema: Schema, json: unknown): MessageShape<Schema> {
  try {
    // Everything in it came from JSON, YAML or the normalizer, which make nothing else.
    return fromJson(schema, json as JsonValue);
  } catch {
    // Without its cause: the reader's own message quotes the value.
    throw new Failure("operation.input_invalid", "The input of the operation is wrong.", {
      fields: [{ field: schema.typeName, problem: "has a value that is out of range" }],
    });
  }
}

interface Assignment {
  readonly schema: DescMessage;
  readonly target: JsonObject;
  /** As it was written, for messages. */
  readonly key: string;
  readonly text: string;
  readonly report: Report;
}

function assign(assignment: Assignment, [name = "", ...rest]: readonly string[]): void {
  const { schema, target, key, text, report } = assignment;
  const field = findField(schema, name);
  const problem = field === undefined ? unknownField(schema, key) : problemOf(field, key, rest);
  if (field === undefined || problem !== undefined) {
    report(problem ?? unknownField(schema, key));
    return;
  }
  if (field.fieldKind === "list") {
    const list = target[field.jsonName];
    target[field.jsonName] = [...(Array.isArray(list) ? (list as unknown[]) : []), text];
    return;
  }
  if (field.fieldKind === "map") {
    assignInMap(assignment, field, objectAt(target, field.jsonName), rest);
    return;
  }
  if (field.message === undefined || rest.length === 0) {
    target[field.jsonName] = text;
    return;
  }
  const inside = objectAt(target, field.jsonName);
  assign({ ...assignment, schema: field.message, target: inside }, rest);
}

function assignInMap(
  assignment: Assignment,
  field: DescField,
  map: JsonObject,
  [name = "", ...rest]: readonly string[],
): void {
  if (field.message === undefined || rest.length === 0) {
    map[name] = assignment.text;
    return;
  }
  assign({ ...assignment, schema: field.message, target: objectAt(map, name) }, rest);
}

/** Why a field cannot be assigned to in this way, if it cannot. */
function problemOf(
  field: DescField,
  key: string,
  rest: readonly string[],
): FieldProblem | undefined {
  if (isSecret(field)) {
    return { field: key, problem: "can carry a secret: give it in --input-file" };
  }
  if (field.fieldKind === "list" && field.message !== undefined) {
    return { field: key, problem: "is a list of objects: give it in --input-file" };
  }
  if (field.fieldKind === "map") {
    return rest.length === 0
      ? { field: key, problem: `is a map: write ${field.name}.KEY or ${field.name}[KEY]` }
      : undefined;
  }
  if (field.message === undefined) {
    return rest.length > 0 ? { field: key, problem: "has no fields of its own" } : undefined;
  }
  if (rest.length === 0 && !isWrittenAsText(field.message)) {
    const names = field.message.fields.map(({ name }) => `${field.name}.${name}`).join(", ");
    return { field: key, problem: `is an object: write ${names}` };
  }
  return undefined;
}

function objectAt(target: JsonObject, name: string): JsonObject {
  const present = target[name];
  const object = isObject(present) ? present : {};
  target[name] = object;
  return object;
}

/** `a.b[c.d].e` has the segments a, b, c.d and e. */
function splitKey(key: string): readonly string[] {
  return [...key.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(
    ([, bracketed, plain]) => bracketed ?? plain ?? "",
  );
}
