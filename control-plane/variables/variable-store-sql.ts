import { Failure } from "@holdfast/foundation/failure.ts";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { refuseConflict } from "../storage/refuse-conflict.ts";
import type { Database, Schema, StoreDatabase } from "../storage/schema.ts";
import type { Variable } from "./variable.ts";
import type { VariableStore } from "./variable-store.ts";

/** Variables in SQL. */
export function variableStoreSql({ db, locksRows }: StoreDatabase): VariableStore {
  return {
    insert: async (variable) => {
      await refuseConflict(db.insertInto("variable").values(rowOf(variable)).execute(), {
        variable_name_is_unique_in_its_organization: (cause) => nameTaken(variable.name, cause),
      });
      await insertVersion(db, variable);
    },
    find: async (organizationId, nameOrId, version) => {
      const row = await withValue(db, organizationId)
        .where((is) =>
          is.or([is("variable.id", "=", nameOrId), is("variable.name", "=", nameOrId)]),
        )
        .where((is) =>
          version === 0
            ? is("variable_version.version", "=", is.ref("variable.version"))
            : is("variable_version.version", "=", version),
        )
        .$if(locksRows, (query) => query.forNoKeyUpdate(["variable"]))
        .executeTakeFirst();
      return row === undefined ? undefined : variableOf(row);
    },
    list: async (organizationId, query) => {
      const rows = await withValue(db, organizationId)
        .whereRef("variable_version.version", "=", "variable.version")
        .where("variable.name", ">", query.after ?? "")
        .where(sql<boolean>`starts_with(variable.name, ${query.namePrefix})`)
        .orderBy("variable.name")
        .limit(rowsToRead(query))
        .execute();
      return pageOf(rows.map(variableOf), query, ({ name }) => name);
    },
    update: async (variable) => {
      await updateVariable(db, variable);
    },
    delete: async (organizationId, id) => {
      await db
        .deleteFrom("variable")
        .where("organization_id", "=", organizationId)
        .where("id", "=", id)
        .execute();
    },
  };
}

async function updateVariable(db: Database, variable: Variable): Promise<void> {
  const { id, organizationId } = variable;
  const isNewer = await db
    .updateTable("variable")
    .set({ version: variable.version, updated_at_ms: variable.updatedAtMs })
    .where("organization_id", "=", organizationId)
    .where("id", "=", id)
    .where("version", "<", variable.version)
    .returning("id")
    .executeTakeFirst();
  if (isNewer !== undefined) {
    await insertVersion(db, variable);
  }
  await db
    .updateTable("variable")
    .set({ description: variable.description })
    .where("organization_id", "=", organizationId)
    .where("id", "=", id)
    .execute();
}

async function insertVersion(db: Database, variable: Variable): Promise<void> {
  await db
    .insertInto("variable_version")
    .values({
      organization_id: variable.organizationId,
      variable_id: variable.id,
      version: variable.version,
      value: variable.value,
      written_at_ms: variable.updatedAtMs,
    })
    .execute();
}

function withValue(db: Database, organizationId: string) {
  return db
    .selectFrom("variable")
    .innerJoin("variable_version", (join) =>
      join
        .onRef("variable_version.organization_id", "=", "variable.organization_id")
        .onRef("variable_version.variable_id", "=", "variable.id"),
    )
    .selectAll("variable")
    .select(["variable_version.version as read_version", "variable_version.value as value"])
    .where("variable.organization_id", "=", organizationId);
}

function nameTaken(name: string, cause: unknown): Failure {
  return new Failure("variable.exists", `There is a variable named "${name}" already.`, { cause });
}

function rowOf(variable: Variable): Selectable<Schema["variable"]> {
  return {
    id: variable.id,
    organization_id: variable.organizationId,
    name: variable.name,
    description: variable.description,
    version: variable.version,
    created_at_ms: variable.createdAtMs,
    updated_at_ms: variable.updatedAtMs,
  };
}

function variableOf(
  row: Selectable<Schema["variable"]> & { readonly read_version: number; readonly value: string },
): Variable {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    value: row.value,
    version: row.read_version,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
