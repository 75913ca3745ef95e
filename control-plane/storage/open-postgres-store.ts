import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import { Kysely, PostgresDialect } from "kysely";
import pg from "pg";
import { migrate } from "./migrate.ts";
import { migrations } from "./migrations/migrations.ts";
import type { Schema } from "./schema.ts";
import { type OpenStore, sqlStorage } from "./sql-storage.ts";

/** How to reach a PostgreSQL of version 15 or later. */
export interface PostgresStoreOptions {
  /** `postgresql://...`; may carry a password. */
  readonly url: Secret<string>;
  /** Connections at most. */
  readonly connectionsMax: number;
  readonly clock: Clock;
}

/** Opens a store in PostgreSQL and brings its schema up to date. */
export async function openPostgresStore(options: PostgresStoreOptions): Promise<OpenStore> {
  const pool = new pg.Pool({
    connectionString: options.url.expose(),
    max: options.connectionsMax,
    connectionTimeoutMillis: connectMsMax,
    types: { getTypeParser: parserOf },
  });
  // A connection that breaks while idle says so here, and is replaced; unheard, it would end the process.
  pool.on("error", () => undefined);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  try {
    await migrate(db, migrations, options.clock);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { storage: sqlStorage(db), close: async () => await db.destroy() };
}

/** A server that does not answer is a failure, not a wait. */
const connectMsMax = 10_000;

const int8 = pg.types.builtins.INT8;
const bytea = pg.types.builtins.BYTEA;

/**
 * Gives the same JavaScript types as PGlite does: numbers for `bigint` (all of ours are below 2^53) and
 * plain byte arrays for `bytea`.
 */
function parserOf(type: number, format?: "text" | "binary"): (value: string) => unknown {
  if (type === int8) {
    return Number;
  }
  if (type === bytea) {
    return (text) => new Uint8Array(Buffer.from(text.slice(2), "hex"));
  }
  return pg.types.getTypeParser(type, format ?? "text") as (value: string) => unknown;
}
