/** One step of the schema. Forward only: a step that has been released is never edited. */
export interface Migration {
  /** Counts from 1, without gaps. */
  readonly number: number;
  readonly name: string;
  /** Run one by one, in one transaction, on PostgreSQL 15 and on PGlite. */
  readonly statements: readonly string[];
}
