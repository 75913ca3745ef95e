import type { Selectable } from "kysely";
import { readMomentKey, writeMomentKey } from "../storage/moment-key.ts";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import type { Schema, StoreDatabase } from "../storage/schema.ts";
import type { ApiKey } from "./service-account.ts";
import type { ApiKeyStore } from "./service-account-store.ts";

/** Digests of API keys in SQL. */
export function apiKeyStoreSql({ db, locksRows }: StoreDatabase): ApiKeyStore {
  return {
    insert: async (key) => {
      await db.insertInto("api_key").values(rowOf(key)).execute();
    },
    find: async (id) => {
      const row = await db
        .selectFrom("api_key")
        .selectAll()
        .where("id", "=", id)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : apiKeyOf(row);
    },
    list: async (serviceAccountId, query) => {
      const after = query.after === undefined ? undefined : readMomentKey(query.after);
      const rows = await db
        .selectFrom("api_key")
        .selectAll()
        .where("service_account_id", "=", serviceAccountId)
        .$if(after !== undefined, (select) =>
          select.where(({ eb, refTuple, tuple }) =>
            eb(refTuple("created_at_ms", "id"), "<", tuple(after?.atMs ?? 0, after?.id ?? "")),
          ),
        )
        .orderBy("created_at_ms", "desc")
        .orderBy("id", "desc")
        .limit(rowsToRead(query))
        .execute();
      return pageOf(rows.map(apiKeyOf), query, ({ createdAtMs, id }) =>
        writeMomentKey({ atMs: createdAtMs, id }),
      );
    },
    revoke: async (ids, atMs) => {
      if (ids.length === 0) {
        return [];
      }
      const revoked = await db
        .updateTable("api_key")
        .set({ revoked_at_ms: atMs })
        .where("id", "in", ids)
        .where("revoked_at_ms", "is", null)
        .returning("id")
        .execute();
      return revoked.map(({ id }) => id);
    },
    touch: async (id, atMs) => {
      await db.updateTable("api_key").set({ last_used_at_ms: atMs }).where("id", "=", id).execute();
    },
  };
}

type Row = Selectable<Schema["api_key"]>;

function rowOf(key: ApiKey): Omit<Row, "scope"> {
  return {
    id: key.id,
    organization_id: key.organizationId ?? null,
    service_account_id: key.serviceAccountId,
    description: key.description,
    digest: key.digest,
    pepper_id: key.pepperId,
    created_at_ms: key.createdAtMs,
    expire_at_ms: key.expireAtMs ?? null,
    revoked_at_ms: key.revokedAtMs ?? null,
    last_used_at_ms: key.lastUsedAtMs ?? null,
  };
}

function apiKeyOf(row: Row): ApiKey {
  return {
    id: row.id,
    organizationId: row.organization_id ?? undefined,
    serviceAccountId: row.service_account_id,
    description: row.description,
    digest: row.digest,
    pepperId: row.pepper_id,
    createdAtMs: row.created_at_ms,
    expireAtMs: row.expire_at_ms ?? undefined,
    revokedAtMs: row.revoked_at_ms ?? undefined,
    lastUsedAtMs: row.last_used_at_ms ?? undefined,
  };
}
