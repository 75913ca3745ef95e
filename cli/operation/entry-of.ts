import { Failure } from "@holdfast/foundation/failure.ts";
import { type CatalogEntry, catalog } from "@holdfast/protocol/operations/catalog.ts";

/**
 * The entry of a kind.
 *
 * @throws {Failure} `operation.unknown_kind`, naming the kinds that begin alike.
 */
export function entryOf(kind: string): CatalogEntry {
  const entry = catalog.get(kind);
  if (entry !== undefined) {
    return entry;
  }
  const family = kind.split(".")[0] ?? "";
  const alike = [...catalog.keys()].filter((each) => each.startsWith(`${family}.`));
  throw new Failure(
    "operation.unknown_kind",
    alike.length === 0
      ? `There is no kind \`${kind}\`.`
      : `There is no kind \`${kind}\`; of ${family} there are ${alike.join(", ")}.`,
  );
}
