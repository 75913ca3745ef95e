import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { type Kysely, sql } from "kysely";
import type { Migration } from "./migrations/migration.ts";
import type { Schema } from "./schema.ts";

// Any number will do as long as nothing else in the database takes the same advisory lock.
const migrationLock = 4_653_365;

const migrationTable = [
  `create table if not exists migration (
    number integer not null,
    name text not null,
    applied_at_ms bigint not null,
    constraint migration_number_is_unique primary key (number)
  )`,
  "comment on table migration is 'Which steps of the schema have been applied.'",
];

/**
 * Brings the schema up to the last of `migrations`, all steps in one transaction. Safe to repeat, and
 * safe if several processes do it at once.
 *
 * @returns the numbers of the steps that this call has applied.
 * @throws {Failure} `store.unreadable` if the store was written by a newer version.
 */
export async function migrate(
  db: Kysely<Schema>,
  migrations: readonly Migration[],
  clock: Clock,
): Promise<readonly number[]> {
  return await db.transaction().execute(async (transaction) => {
    await sql`select pg_advisory_xact_lock(${sql.lit(migrationLock)})`.execute(transaction);
    for (const statement of migrationTable) {
      await sql.raw(statement).execute(transaction);
    }
    const applied = await transaction.selectFrom("migration").select("number").execute();
    const pending = pendingOf(migrations, applied.length);
    for (const migration of pending) {
      await apply(transaction, migration, clock);
    }
    return pending.map(({ number }) => number);
  });
}

function pendingOf(migrations: readonly Migration[], applied: number): readonly Migration[] {
  if (applied > migrations.length) {
    throw new Failure(
      "store.unreadable",
      "The store was written by a newer version of Holdfast: its schema is not known here.",
    );
  }
  return migrations.slice(applied);
}

async function apply(db: Kysely<Schema>, migration: Migration, clock: Clock): Promise<void> {
  for (const statement of migration.statements) {
    await sql.raw(statement).execute(db);
  }
  await db
    .insertInto("migration")
    .values({ number: migration.number, name: migration.name, applied_at_ms: clock.nowMs() })
    .execute();
}
