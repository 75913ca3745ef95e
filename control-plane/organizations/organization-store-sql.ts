import { Failure } from "@holdfast/foundation/failure.ts";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { refuseConflict } from "../storage/refuse-conflict.ts";
import type { Schema, StoreDatabase } from "../storage/schema.ts";
import { violatedConstraint } from "../storage/violated-constraint.ts";
import type { Organization } from "./organization.ts";
import type { OrganizationStore } from "./organization-store.ts";

/** Organizations in SQL. */
export function organizationStoreSql({ db, locksRows }: StoreDatabase): OrganizationStore {
  return {
    insert: async (organization) => {
      await refuseConflict(db.insertInto("organization").values(rowOf(organization)).execute(), {
        organization_name_is_unique: (cause) => nameTaken(organization.name, cause),
      });
    },
    find: async (nameOrId) => {
      const row = await db
        .selectFrom("organization")
        .selectAll()
        .where((is) => is.or([is("id", "=", nameOrId), is("name", "=", nameOrId)]))
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : organizationOf(row);
    },
    list: async (query) => {
      const rows = await db
        .selectFrom("organization")
        .selectAll()
        .where("name", ">", query.after ?? "")
        .where(sql<boolean>`starts_with(name, ${query.namePrefix})`)
        .orderBy("name")
        .limit(rowsToRead(query))
        .execute();
      return pageOf(rows.map(organizationOf), query, ({ name }) => name);
    },
    update: async (organization) => {
      const { id, ...row } = rowOf(organization);
      await db.updateTable("organization").set(row).where("id", "=", id).execute();
    },
    delete: async (id) => {
      await deleteOrganization(db, id);
    },
  };
}

async function deleteOrganization(db: StoreDatabase["db"], id: string): Promise<void> {
  try {
    await db.deleteFrom("organization").where("id", "=", id).execute();
  } catch (error) {
    // Whatever still belongs to it says so in the name of its constraint.
    throw violatedConstraint(error)?.endsWith("_belongs_to_an_organization") === true
      ? notEmpty(error)
      : error;
  }
}

function notEmpty(cause: unknown): Failure {
  return new Failure("organization.not_empty", "Something still belongs to the organization.", {
    cause,
  });
}

function nameTaken(name: string, cause: unknown): Failure {
  return new Failure("organization.exists", `There is an organization named "${name}" already.`, {
    cause,
  });
}

function rowOf(organization: Organization): Selectable<Schema["organization"]> {
  return {
    id: organization.id,
    name: organization.name,
    display_name: organization.displayName,
    created_at_ms: organization.createdAtMs,
  };
}

function organizationOf(row: Selectable<Schema["organization"]>): Organization {
  return {
    id: row.id,
    name: row.name,
    displayName: row.display_name,
    createdAtMs: row.created_at_ms,
  };
}
