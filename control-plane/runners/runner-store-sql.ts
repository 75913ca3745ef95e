import { Failure } from "@holdfast/foundation/failure.ts";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { Page } from "../page.ts";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { refuseConflict } from "../storage/refuse-conflict.ts";
import type { Database, Schema, StoreDatabase } from "../storage/schema.ts";
import type { Runner } from "./runner.ts";
import type { RunnerStore } from "./runner-store.ts";

/** Runners in SQL. */
export function runnerStoreSql({ db, locksRows }: StoreDatabase): RunnerStore {
  return {
    insert: async (runner) => {
      await refuseConflict(db.insertInto("runner").values(rowOf(runner)).execute(), {
        runner_name_is_unique_in_its_organization: (cause) => nameTaken(runner.name, cause),
      });
    },
    find: async (organizationId, nameOrId) => {
      const row = await db
        .selectFrom("runner")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where((is) => is.or([is("id", "=", nameOrId), is("name", "=", nameOrId)]))
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : runnerOf(row);
    },
    list: async (organizationId, query) => await listRunners(db, organizationId, query),
    update: async (runner) => {
      const { name, description, is_enabled, service_account_id } = rowOf(runner);
      await db
        .updateTable("runner")
        .set({ name, description, is_enabled, service_account_id })
        .where("organization_id", "=", runner.organizationId)
        .where("id", "=", runner.id)
        .execute();
    },
    delete: async (organizationId, id) => {
      await refuseConflict(
        db
          .deleteFrom("runner")
          .where("organization_id", "=", organizationId)
          .where("id", "=", id)
          .execute(),
        { connection_and_its_runner_share_an_organization: runnerInUse },
      );
    },
    touch: async (organizationId, id, atMs) => {
      await db
        .updateTable("runner")
        .set({ last_seen_at_ms: sql<number>`greatest(last_seen_at_ms, ${atMs})` })
        .where("organization_id", "=", organizationId)
        .where("id", "=", id)
        .execute();
    },
  };
}

async function listRunners(
  db: Database,
  organizationId: string,
  query: Parameters<RunnerStore["list"]>[1],
): Promise<Page<Runner>> {
  const { ids } = query;
  if (ids?.length === 0) {
    return { entries: [], next: undefined };
  }
  const rows = await db
    .selectFrom("runner")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .where("name", ">", query.after ?? "")
    .where(sql<boolean>`starts_with(name, ${query.namePrefix})`)
    .$if(ids !== undefined, (select) => select.where("id", "in", ids ?? []))
    .orderBy("name")
    .limit(rowsToRead(query))
    .execute();
  return pageOf(rows.map(runnerOf), query, ({ name }) => name);
}

function nameTaken(name: string, cause: unknown): Failure {
  return new Failure("runner.exists", `There is a runner named "${name}" already.`, { cause });
}

function runnerInUse(cause: unknown): Failure {
  return new Failure("runner.in_use", "A connection still uses the runner.", { cause });
}

type Row = Selectable<Schema["runner"]>;

function rowOf(runner: Runner): Row {
  return {
    id: runner.id,
    organization_id: runner.organizationId,
    name: runner.name,
    description: runner.description,
    is_enabled: runner.isEnabled,
    service_account_id: runner.serviceAccountId ?? null,
    created_at_ms: runner.createdAtMs,
    last_seen_at_ms: runner.lastSeenAtMs ?? null,
  };
}

function runnerOf(row: Row): Runner {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    isEnabled: row.is_enabled,
    serviceAccountId: row.service_account_id ?? undefined,
    createdAtMs: row.created_at_ms,
    lastSeenAtMs: row.last_seen_at_ms ?? undefined,
  };
}
