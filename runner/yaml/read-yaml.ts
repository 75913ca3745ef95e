import { type Document, parseDocument } from "yaml";

/** How often references inside a document may be followed: without a bound a small one fills the memory. */
const maxAliasCount = 20;

/**
 * Reads a YAML document of somebody else's: no name twice in a mapping, references bounded.
 *
 * @returns undefined if it is not YAML, which is also what an empty document is.
 */
export function readYaml(text: string): unknown {
  const document = parseDocument(text, { uniqueKeys: true });
  return document.errors.length > 0 ? undefined : plainOf(document);
}

/** The values of a document that was parsed. */
export function plainOf(document: Document.Parsed): unknown {
  try {
    const plain: unknown = document.toJS({ maxAliasCount });
    return plain ?? undefined;
  } catch {
    // Too many references, or one that points nowhere: whoever asked sees that it has no content.
    return undefined;
  }
}
