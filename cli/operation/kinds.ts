import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { Effect, Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { type CatalogEntry, catalog } from "@holdfast/protocol/operations/catalog.ts";
import type { CommandCall } from "../command.ts";
import { enumWord } from "../output/enum-words.ts";
import { formatJson } from "../output/print.ts";
import { type Column, formatTable } from "../output/table.ts";
import { entryOf } from "./entry-of.ts";

const columns: readonly Column<CatalogEntry>[] = [
  { title: "kind", of: ({ kind }) => kind },
  { title: "connection to", of: ({ provider }) => enumWord(Provider, provider) },
  { title: "effect", of: ({ effect }) => enumWord(Effect, effect) },
  { title: "gives", of: ({ isStream }) => (isStream ? "a stream" : "one answer") },
];

/** `holdfast operation kinds`: the closed catalog, which needs no control plane. */
export async function showKinds(call: CommandCall): Promise<undefined> {
  const { options, world } = call;
  const [kind] = call.arguments;
  if (kind === undefined) {
    const entries = [...catalog.values()];
    await world.terminal.write(
      options.flag("json") ? formatJson(entries.map(toJson)) : formatTable(columns, entries),
    );
    return undefined;
  }
  const entry = entryOf(kind);
  await world.terminal.write(
    options.flag("json")
      ? formatJson({ ...toJson(entry), ...fieldsJson(entry) })
      : `${formatTable(columns, [entry])}\ninput:\n${fieldLines(entry.method.input, "  ", 0)}\n${entry.isStream ? "item" : "output"}:\n${fieldLines(entry.method.output, "  ", 0)}`,
  );
  return undefined;
}

function toJson(entry: CatalogEntry): object {
  return {
    kind: entry.kind,
    provider: enumWord(Provider, entry.provider),
    effect: enumWord(Effect, entry.effect),
    isStream: entry.isStream,
  };
}

function fieldsJson({ method }: CatalogEntry): object {
  const fields = (schema: DescMessage): object =>
    Object.fromEntries(schema.fields.map((field) => [field.name, typeText(field)]));
  return { input: fields(method.input), output: fields(method.output) };
}

/** Fields that are objects are shown with their own, three levels deep. */
function fieldLines(schema: DescMessage, indent: string, depth: number): string {
  if (schema.fields.length === 0) {
    return `${indent}(nothing)\n`;
  }
  return schema.fields
    .map((field) => {
      const line = `${indent}${field.name}: ${typeText(field)}\n`;
      const inner = field.message;
      const isPlain = inner === undefined || inner.typeName.startsWith("google.protobuf.");
      return isPlain || depth >= 2 ? line : line + fieldLines(inner, `${indent}  `, depth + 1);
    })
    .join("");
}

const scalarNames: Readonly<Record<number, string>> = {
  1: "number",
  2: "number",
  8: "true or false",
  9: "text",
  12: "bytes",
};

function typeText(field: DescField): string {
  const one =
    field.message?.name ?? field.enum?.name ?? scalarNames[field.scalar ?? 0] ?? "whole number";
  return field.fieldKind === "list"
    ? `list of ${one}`
    : field.fieldKind === "map"
      ? `map to ${one}`
      : one;
}
