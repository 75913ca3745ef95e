import type { DescField, DescMessage } from "@bufbuild/protobuf";
import { Effect, Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import { type CatalogEntry, catalog } from "@holdfast/protocol/operations/catalog.ts";
import { nameOf, page, table } from "./markdown.ts";

/** docs/reference/operations.md: the catalog, and the fields of each input. */
export function operationsPage(): string {
  const entries = [...catalog.values()];
  return page(
    "Operations",
    "The closed catalog: nothing else can be asked of a runner, and nothing but the fields of an output can leave it.",
    table(["kind", "connection to", "effect", "answer"], entries.map(row)),
    ...entries.map(section),
  );
}

function row(entry: CatalogEntry): readonly string[] {
  return [
    `[\`${entry.kind}\`](#${entry.kind.replaceAll(".", "")})`,
    entry.provider === Provider.UNSPECIFIED
      ? "none needed"
      : lower(nameOf(Provider, entry.provider)),
    lower(nameOf(Effect, entry.effect)),
    entry.isStream ? "stream of items" : "one output",
  ];
}

function section(entry: CatalogEntry): string {
  return [
    `## ${entry.kind}`,
    `Input \`${entry.method.input.name}\`:`,
    fields(entry.method.input),
    `${entry.isStream ? "Item" : "Output"} \`${entry.method.output.name}\`:`,
    fields(entry.method.output),
  ].join("\n\n");
}

function fields(message: DescMessage): string {
  return message.fields.length === 0
    ? "No fields."
    : table(
        ["field", "type"],
        message.fields.map((field) => [`\`${field.name}\``, typeOf(field)]),
      );
}

function typeOf(field: DescField): string {
  const name = field.message?.name ?? field.enum?.name ?? scalarName(field);
  switch (field.fieldKind) {
    case "list":
      return `list of ${name}`;
    case "map":
      return `map to ${name}`;
    default:
      return name;
  }
}

/** The name that the .proto file uses, from the field's own description. */
function scalarName(field: DescField): string {
  const names: Readonly<Record<number, string>> = {
    1: "double",
    3: "int64",
    4: "uint64",
    5: "int32",
    8: "bool",
    9: "string",
    12: "bytes",
    13: "uint32",
  };
  return field.scalar === undefined ? "" : (names[field.scalar] ?? String(field.scalar));
}

function lower(name: string | undefined): string {
  return (name ?? "").toLowerCase();
}
