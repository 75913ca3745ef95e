import type { Selectable } from "kysely";
import type { Schema, StoreDatabase } from "../storage/schema.ts";
import type { EncryptionKey, EncryptionKeyStore } from "./encryption-key-store.ts";

/** Wrapped organization keys in SQL. */
export function encryptionKeyStoreSql({ db, locksRows }: StoreDatabase): EncryptionKeyStore {
  return {
    insert: async (key) => {
      await db.insertInto("encryption_key").values(rowOf(key)).execute();
    },
    find: async (id) => {
      const row = await db
        .selectFrom("encryption_key")
        .selectAll()
        .where("id", "=", id)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : keyOf(row);
    },
    findActive: async (organizationId) => {
      const row = await db
        .selectFrom("encryption_key")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where("is_active", "=", true)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : keyOf(row);
    },
    list: async (exceptMasterKeyId) => {
      const rows = await db
        .selectFrom("encryption_key")
        .selectAll()
        .$if(exceptMasterKeyId !== undefined, (query) =>
          query.where("master_key_id", "!=", exceptMasterKeyId ?? ""),
        )
        .orderBy("id")
        .execute();
      return rows.map(keyOf);
    },
    update: async (key) => {
      const { master_key_id, wrapped, is_active } = rowOf(key);
      await db
        .updateTable("encryption_key")
        .set({ master_key_id, wrapped, is_active })
        .where("organization_id", "=", key.organizationId)
        .where("id", "=", key.id)
        .execute();
    },
  };
}

function rowOf(key: EncryptionKey): Selectable<Schema["encryption_key"]> {
  return {
    id: key.id,
    organization_id: key.organizationId,
    master_key_id: key.masterKeyId,
    wrapped: key.wrapped,
    is_active: key.isActive,
    created_at_ms: key.createdAtMs,
  };
}

function keyOf(row: Selectable<Schema["encryption_key"]>): EncryptionKey {
  return {
    id: row.id,
    organizationId: row.organization_id,
    masterKeyId: row.master_key_id,
    wrapped: row.wrapped,
    isActive: row.is_active,
    createdAtMs: row.created_at_ms,
  };
}
