import { Failure } from "@holdfast/foundation/failure.ts";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { refuseConflict } from "../storage/refuse-conflict.ts";
import { installation, type Schema, type StoreDatabase } from "../storage/schema.ts";
import type { Role, ServiceAccount } from "./service-account.ts";
import type { ServiceAccountStore } from "./service-account-store.ts";

/** Service accounts in SQL. */
export function serviceAccountStoreSql({ db, locksRows }: StoreDatabase): ServiceAccountStore {
  return {
    insert: async (account) => {
      await refuseConflict(db.insertInto("service_account").values(rowOf(account)).execute(), {
        service_account_name_is_unique_in_its_scope: (cause) => nameTaken(account.name, cause),
      });
    },
    find: async (organizationId, nameOrId) => {
      const row = await db
        .selectFrom("service_account")
        .selectAll()
        .where("scope", "=", organizationId ?? installation)
        .where((is) => is.or([is("id", "=", nameOrId), is("name", "=", nameOrId)]))
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : accountOf(row);
    },
    findById: async (id) => {
      const row = await db
        .selectFrom("service_account")
        .selectAll()
        .where("id", "=", id)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : accountOf(row);
    },
    list: async (organizationId, query) => {
      const rows = await db
        .selectFrom("service_account")
        .selectAll()
        .where("scope", "=", organizationId ?? installation)
        .where("name", ">", query.after ?? "")
        .where(sql<boolean>`starts_with(name, ${query.namePrefix})`)
        .orderBy("name")
        .limit(rowsToRead(query))
        .execute();
      return pageOf(rows.map(accountOf), query, ({ name }) => name);
    },
    update: async (account) => {
      const { name, description, role } = rowOf(account);
      await db
        .updateTable("service_account")
        .set({ name, description, role })
        .where("scope", "=", account.organizationId ?? installation)
        .where("id", "=", account.id)
        .execute();
    },
    delete: async (id) => {
      await db.deleteFrom("service_account").where("id", "=", id).execute();
    },
  };
}

function nameTaken(name: string, cause: unknown): Failure {
  return new Failure(
    "service_account.exists",
    `There is a service account named "${name}" already.`,
    { cause },
  );
}

type Row = Selectable<Schema["service_account"]>;

function rowOf(account: ServiceAccount): Omit<Row, "scope"> {
  return {
    id: account.id,
    organization_id: account.organizationId ?? null,
    name: account.name,
    description: account.description,
    role: account.role,
    runner_id: account.runnerId ?? null,
    created_at_ms: account.createdAtMs,
  };
}

function accountOf(row: Row): ServiceAccount {
  return {
    id: row.id,
    organizationId: row.organization_id ?? undefined,
    name: row.name,
    description: row.description,
    // The constraint `service_account_role_is_known` holds.
    role: row.role as Role,
    runnerId: row.runner_id ?? undefined,
    createdAtMs: row.created_at_ms,
  };
}
