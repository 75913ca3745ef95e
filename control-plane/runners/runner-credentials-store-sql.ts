import type { Selectable } from "kysely";
import { sql } from "kysely";
import { readNumberKey } from "../storage/moment-key.ts";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import type { Database, Schema, StoreDatabase } from "../storage/schema.ts";
import type { RunnerCredentials } from "./runner.ts";
import type { RunnerCredentialsStore } from "./runner-store.ts";

/** Generations of credentials in SQL. */
export function runnerCredentialsStoreSql(database: StoreDatabase): RunnerCredentialsStore {
  const { db } = database;
  return {
    ...finders(database),
    insert: async (credentials) => {
      await db.insertInto("runner_credentials").values(rowOf(credentials)).execute();
    },
    nextGeneration: async (organizationId, runnerId) =>
      await nextGeneration(db, organizationId, runnerId),
    list: async (organizationId, runnerId, query) => {
      const after = query.after === undefined ? undefined : readNumberKey(query.after);
      const rows = await ofRunner(db, organizationId, runnerId)
        .$if(after !== undefined, (select) => select.where("generation", "<", after ?? 0))
        .orderBy("generation", "desc")
        .limit(rowsToRead(query))
        .execute();
      return pageOf(rows.map(credentialsOf), query, ({ generation }) => String(generation));
    },
    listActive: async (organizationId, runnerId) => {
      const rows = await ofRunner(db, organizationId, runnerId)
        .where("revoked_at_ms", "is", null)
        .orderBy("generation")
        .execute();
      return rows.map(credentialsOf);
    },
    listOverdue: async (nowMs) => {
      const rows = await db
        .selectFrom("runner_credentials")
        .selectAll()
        .where("revoked_at_ms", "is", null)
        .where("revoke_after_ms", "<=", nowMs)
        .orderBy("revoke_after_ms")
        .execute();
      return rows.map(credentialsOf);
    },
    update: async (credentials) => {
      await updateCredentials(db, credentials);
    },
  };
}

function finders({
  db,
  locksRows,
}: StoreDatabase): Pick<RunnerCredentialsStore, "find" | "findBySerial"> {
  return {
    findBySerial: async (certificateSerial) => {
      const row = await db
        .selectFrom("runner_credentials")
        .selectAll()
        .where("certificate_serial", "=", certificateSerial)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : credentialsOf(row);
    },
    find: async (organizationId, runnerId, generation) => {
      const row = await ofRunner(db, organizationId, runnerId)
        .where("generation", "=", generation)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : credentialsOf(row);
    },
  };
}

/** The lock on the runner keeps a second caller from reading the same maximum. */
async function nextGeneration(
  db: Database,
  organizationId: string,
  runnerId: string,
): Promise<number> {
  await db
    .selectFrom("runner")
    .select("id")
    .where("organization_id", "=", organizationId)
    .where("id", "=", runnerId)
    .forNoKeyUpdate()
    .executeTakeFirst();
  const row = await db
    .selectFrom("runner_credentials")
    .select(({ fn }) => fn.max("generation").as("newest"))
    .where("organization_id", "=", organizationId)
    .where("runner_id", "=", runnerId)
    .executeTakeFirst();
  const newest: number | null = row?.newest ?? null;
  return (newest ?? 0) + 1;
}

/** Moments that have been set stay as they are, so that a late writer cannot take back a revocation. */
async function updateCredentials(db: Database, credentials: RunnerCredentials): Promise<void> {
  const { revoked_at_ms, revoke_after_ms, first_connected_at_ms } = rowOf(credentials);
  await db
    .updateTable("runner_credentials")
    .set({
      revoked_at_ms: sql<number>`coalesce(revoked_at_ms, ${revoked_at_ms})`,
      first_connected_at_ms: sql<number>`coalesce(first_connected_at_ms, ${first_connected_at_ms})`,
      revoke_after_ms,
    })
    .where("organization_id", "=", credentials.organizationId)
    .where("runner_id", "=", credentials.runnerId)
    .where("generation", "=", credentials.generation)
    .execute();
}

function ofRunner(db: Database, organizationId: string, runnerId: string) {
  return db
    .selectFrom("runner_credentials")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .where("runner_id", "=", runnerId);
}

type Row = Selectable<Schema["runner_credentials"]>;

function rowOf(credentials: RunnerCredentials): Row {
  return {
    organization_id: credentials.organizationId,
    runner_id: credentials.runnerId,
    generation: credentials.generation,
    certificate_serial: credentials.certificateSerial,
    certificate_fingerprint: credentials.certificateFingerprint,
    api_key_id: credentials.apiKeyId,
    created_at_ms: credentials.createdAtMs,
    expire_at_ms: credentials.expireAtMs,
    revoked_at_ms: credentials.revokedAtMs ?? null,
    revoke_after_ms: credentials.revokeAfterMs ?? null,
    first_connected_at_ms: credentials.firstConnectedAtMs ?? null,
  };
}

function credentialsOf(row: Row): RunnerCredentials {
  return {
    organizationId: row.organization_id,
    runnerId: row.runner_id,
    generation: row.generation,
    certificateSerial: row.certificate_serial,
    certificateFingerprint: row.certificate_fingerprint,
    apiKeyId: row.api_key_id,
    createdAtMs: row.created_at_ms,
    expireAtMs: row.expire_at_ms,
    revokedAtMs: row.revoked_at_ms ?? undefined,
    revokeAfterMs: row.revoke_after_ms ?? undefined,
    firstConnectedAtMs: row.first_connected_at_ms ?? undefined,
  };
}
