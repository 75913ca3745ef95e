import type { Page, PageQuery } from "../page.ts";

/** One more than the page has room for: whether there is a next page is then known without counting. */
export function rowsToRead(query: PageQuery): number {
  return query.size + 1;
}

/** Makes a page of up to {@link rowsToRead} rows. `keyOf` gives the sort key of an entry. */
export function pageOf<Entry>(
  entries: readonly Entry[],
  query: PageQuery,
  keyOf: (entry: Entry) => string,
): Page<Entry> {
  const shown = entries.slice(0, query.size);
  const last = entries.length > query.size ? shown.at(-1) : undefined;
  return { entries: shown, next: last === undefined ? undefined : keyOf(last) };
}
