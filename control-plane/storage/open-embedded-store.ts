import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Kysely, PGliteDialect } from "kysely";
import { makePrivateDirectory } from "../authority/private-files.ts";
import { lockDirectory } from "./directory-lock.ts";
import { migrate } from "./migrate.ts";
import { migrations } from "./migrations/migrations.ts";

import type { Schema } from "./schema.ts";
import { type OpenStore, sqlStorage } from "./sql-storage.ts";

/** Where the embedded store is. */
export interface EmbeddedStoreOptions {
  /** Made with mode 0700 if it is missing. */
  readonly directory: string;
  readonly clock: Clock;
}

/**
 * Opens the embedded store: PostgreSQL compiled to WebAssembly, in this process.
 *
 * guarantee: survives a process that is killed at any moment; does not survive a loss of power, since
 * PGlite never asks the disk to flush. Where that matters, use PostgreSQL.
 *
 * @throws {Failure} `store.locked` if another process has it open; `store.insecure_mode` if others may
 *   read the directory.
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<OpenStore> {
  makePrivateDirectory(options.directory);
  const lock = await lockDirectory(options.directory, process.pid);
  try {
    const store = await openPglite(
      new PGlite({
        dataDir: join(options.directory, "database"),
        // The default of 128 MB is taken from the memory of this process at once.
        postgresqlconf: ["shared_buffers = 16MB"],
      }),
      options.clock,
    );
    return {
      storage: store.storage,
      close: async () => {
        await store.close();
        await lock.release();
      },
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** A store on a PGlite that belongs to it from now on. */
export async function openPglite(pglite: PGlite, clock: Clock): Promise<OpenStore> {
  const db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) });
  try {
    await migrate(db, migrations, clock);
  } catch (error) {
    await db.destroy();
    throw error;
  }
  return { storage: sqlStorage(db), close: async () => await db.destroy() };
}
