import { Failure } from "@holdfast/foundation/failure.ts";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { Page, PageQuery } from "../page.ts";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { refuseConflict } from "../storage/refuse-conflict.ts";
import type { Database, Schema, StoreDatabase } from "../storage/schema.ts";
import { readVersionKey, writeVersionKey } from "../storage/version-key.ts";
import type { ManagedSecret, SecretVersion } from "./secret.ts";
import type { SecretStore } from "./secret-store.ts";

/** Secrets in SQL. */
export function secretStoreSql(database: StoreDatabase): SecretStore {
  const { db, locksRows } = database;
  return {
    ...versions(database),
    insert: async (secret, first) => {
      await refuseConflict(db.insertInto("secret").values(rowOf(secret)).execute(), {
        secret_name_is_unique_in_its_organization: (cause) => nameTaken(secret.name, cause),
      });
      await db.insertInto("secret_version").values(versionRowOf(first)).execute();
    },
    find: async (organizationId, nameOrId) => {
      const row = await db
        .selectFrom("secret")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where((is) => is.or([is("id", "=", nameOrId), is("name", "=", nameOrId)]))
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : secretOf(row);
    },
    list: async (organizationId, query) => {
      const rows = await db
        .selectFrom("secret")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where("name", ">", query.after ?? "")
        .where(sql<boolean>`starts_with(name, ${query.namePrefix})`)
        .orderBy("name")
        .limit(rowsToRead(query))
        .execute();
      return pageOf(rows.map(secretOf), query, ({ name }) => name);
    },
    update: async (secret) => {
      const { id, organization_id, created_at_ms: _, ...changes } = rowOf(secret);
      await db
        .updateTable("secret")
        .set(changes)
        .where("organization_id", "=", organization_id)
        .where("id", "=", id)
        .execute();
    },
    delete: async (organizationId, id) => {
      await db
        .deleteFrom("secret")
        .where("organization_id", "=", organizationId)
        .where("id", "=", id)
        .execute();
    },
  };
}

type Versions = Pick<
  SecretStore,
  "insertVersion" | "findVersion" | "listVersions" | "updateVersion"
>;

function versions({ db, locksRows }: StoreDatabase): Versions {
  return {
    insertVersion: async (version) => {
      await db.insertInto("secret_version").values(versionRowOf(version)).execute();
    },
    findVersion: async (organizationId, secretId, version) => {
      const row = await db
        .selectFrom("secret_version")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where("secret_id", "=", secretId)
        .where("version", "=", version)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : versionOf(row);
    },
    listVersions: async (organizationId, query) => await listVersions(db, organizationId, query),
    updateVersion: async (version) => {
      await db
        .updateTable("secret_version")
        .set({ sealed: version.sealed ?? null })
        .where("organization_id", "=", version.organizationId)
        .where("secret_id", "=", version.secretId)
        .where("version", "=", version.version)
        .execute();
    },
  };
}

async function listVersions(
  db: Database,
  organizationId: string,
  query: PageQuery,
): Promise<Page<SecretVersion>> {
  const after = query.after === undefined ? { id: "", version: 0 } : readVersionKey(query.after);
  const rows = await db
    .selectFrom("secret_version")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .where("sealed", "is not", null)
    .where(({ eb, refTuple, tuple }) =>
      eb(refTuple("secret_id", "version"), ">", tuple(after.id, after.version)),
    )
    .orderBy("secret_id")
    .orderBy("version")
    .limit(rowsToRead(query))
    .execute();
  return pageOf(rows.map(versionOf), query, ({ secretId, version }) =>
    writeVersionKey({ id: secretId, version }),
  );
}

function nameTaken(name: string, cause: unknown): Failure {
  return new Failure("secret.exists", `There is a secret named "${name}" already.`, { cause });
}

function rowOf(secret: ManagedSecret): Selectable<Schema["secret"]> {
  return {
    id: secret.id,
    organization_id: secret.organizationId,
    name: secret.name,
    description: secret.description,
    version: secret.version,
    created_at_ms: secret.createdAtMs,
    updated_at_ms: secret.updatedAtMs,
  };
}

function secretOf(row: Selectable<Schema["secret"]>): ManagedSecret {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    version: row.version,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}

function versionRowOf(version: SecretVersion): Selectable<Schema["secret_version"]> {
  return {
    organization_id: version.organizationId,
    secret_id: version.secretId,
    version: version.version,
    sealed: version.sealed ?? null,
    created_at_ms: version.createdAtMs,
  };
}

function versionOf(row: Selectable<Schema["secret_version"]>): SecretVersion {
  return {
    organizationId: row.organization_id,
    secretId: row.secret_id,
    version: row.version,
    sealed: row.sealed ?? undefined,
    createdAtMs: row.created_at_ms,
  };
}
