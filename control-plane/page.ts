/** Which part of a list is wanted. */
export interface PageQuery {
  /** How many entries at most: 1 to 500. */
  readonly size: number;
  /** The sort key of the last entry of the page before; undefined for the first page. */
  readonly after: string | undefined;
}

/** A part of a list. */
export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** The sort key to go on after; undefined when this was the last page. */
  readonly next: string | undefined;
}
