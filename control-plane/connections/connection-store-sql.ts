import { fromJsonString, toJsonString } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type AuthenticationMode,
  ConnectionSettingsSchema,
} from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import type { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { refuseConflict } from "../storage/refuse-conflict.ts";
import type { Schema, StoreDatabase } from "../storage/schema.ts";
import type { Connection } from "./connection.ts";
import type { ConnectionStore } from "./connection-store.ts";

/** Connections in SQL. */
export function connectionStoreSql({ db, locksRows }: StoreDatabase): ConnectionStore {
  return {
    insert: async (connection) => {
      await refuseConflict(db.insertInto("connection").values(rowOf(connection)).execute(), {
        connection_name_is_unique_in_its_organization: (cause) => nameTaken(connection.name, cause),
        connection_and_its_runner_share_an_organization: runnerGone,
      });
    },
    find: async (organizationId, nameOrId) => {
      const row = await db
        .selectFrom("connection")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where((is) => is.or([is("id", "=", nameOrId), is("name", "=", nameOrId)]))
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : connectionOf(row);
    },
    list: async (organizationId, query) => {
      const { provider } = query;
      const rows = await db
        .selectFrom("connection")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where("name", ">", query.after ?? "")
        .where(sql<boolean>`starts_with(name, ${query.namePrefix})`)
        .$if(provider !== undefined, (select) => select.where("provider", "=", provider ?? 0))
        .orderBy("name")
        .limit(rowsToRead(query))
        .execute();
      return pageOf(rows.map(connectionOf), query, ({ name }) => name);
    },
    update: async (connection) => {
      const { id, organization_id, created_at_ms: _, ...changes } = rowOf(connection);
      await refuseConflict(
        db
          .updateTable("connection")
          .set(changes)
          .where("organization_id", "=", organization_id)
          .where("id", "=", id)
          .execute(),
        {
          connection_name_is_unique_in_its_organization: (cause) =>
            nameTaken(connection.name, cause),
          connection_and_its_runner_share_an_organization: runnerGone,
        },
      );
    },
    delete: async (organizationId, id) => {
      await db
        .deleteFrom("connection")
        .where("organization_id", "=", organizationId)
        .where("id", "=", id)
        .execute();
    },
  };
}

function nameTaken(name: string, cause: unknown): Failure {
  return new Failure("connection.exists", `There is a connection named "${name}" already.`, {
    cause,
  });
}

function runnerGone(cause: unknown): Failure {
  return new Failure("runner.not_found", "There is no such runner in the organization.", {
    cause,
  });
}

type Row = Selectable<Schema["connection"]>;

function rowOf(connection: Connection): Row {
  return {
    id: connection.id,
    organization_id: connection.organizationId,
    name: connection.name,
    description: connection.description,
    provider: connection.provider,
    mode: connection.mode,
    runner_id: connection.runnerId,
    settings_json: toJsonString(ConnectionSettingsSchema, connection.settings),
    sealed_credentials: connection.sealedCredentials ?? null,
    created_at_ms: connection.createdAtMs,
    updated_at_ms: connection.updatedAtMs,
  };
}

function connectionOf(row: Row): Connection {
  return {
    id: row.id,
    organizationId: row.organization_id,
    name: row.name,
    description: row.description,
    // Numbers of the schema's own enumerations, written by rowOf.
    provider: row.provider as Provider,
    mode: row.mode as AuthenticationMode,
    runnerId: row.runner_id,
    // A newer version may have written fields that this one does not know.
    settings: fromJsonString(ConnectionSettingsSchema, row.settings_json, {
      ignoreUnknownFields: true,
    }),
    sealedCredentials: row.sealed_credentials ?? undefined,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
