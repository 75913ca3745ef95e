import { Failure } from "@holdfast/foundation/failure.ts";
import type { FailureCode, Mender } from "@holdfast/foundation/failure-catalog.ts";
import type { Selectable } from "kysely";
import type { Page } from "../page.ts";
import { readMomentKey, writeMomentKey } from "../storage/moment-key.ts";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { refuseConflict } from "../storage/refuse-conflict.ts";
import type { Database, Schema, StoreDatabase } from "../storage/schema.ts";
import type { Operation, OperationFailure, OperationState } from "./operation.ts";
import type { OperationStore } from "./operation-store.ts";

/** Operations in SQL. */
export function operationStoreSql(database: StoreDatabase): OperationStore {
  const { db } = database;
  return {
    ...finders(database),
    insert: async (operation) => {
      await refuseConflict(db.insertInto("operation").values(rowOf(operation)).execute(), {
        operation_and_its_runner_share_an_organization: (cause) =>
          gone("runner.not_found", "There is no such runner in the organization.", cause),
        operation_and_its_connection_share_an_organization: (cause) =>
          gone("connection.not_found", "There is no such connection in the organization.", cause),
      });
    },
    list: async (organizationId, query) => await listOperations(db, organizationId, query),
    transition: async (expected, operation) => {
      const { id, organization_id, ...row } = rowOf(operation);
      const moved = await db
        .updateTable("operation")
        .set({
          state: row.state,
          started_at_ms: row.started_at_ms,
          ended_at_ms: row.ended_at_ms,
          failure_code: row.failure_code,
          failure_message: row.failure_message,
          failure_mender: row.failure_mender,
          failure_is_retriable: row.failure_is_retriable,
          output_bytes: row.output_bytes,
        })
        .where("organization_id", "=", organization_id)
        .where("id", "=", id)
        .where("state", "=", expected)
        .returning("id")
        .executeTakeFirst();
      return moved !== undefined;
    },
    delete: async (organizationId, id) => {
      await db
        .deleteFrom("operation")
        .where("organization_id", "=", organizationId)
        .where("id", "=", id)
        .execute();
    },
  };
}

type Finders = Pick<OperationStore, "find" | "findByIdempotencyKey" | "listUnended">;

function finders({ db, locksRows }: StoreDatabase): Finders {
  return {
    find: async (organizationId, id) => {
      const row = await db
        .selectFrom("operation")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where("id", "=", id)
        .$if(locksRows, (query) => query.forNoKeyUpdate())
        .executeTakeFirst();
      return row === undefined ? undefined : operationOf(row);
    },
    findByIdempotencyKey: async (organizationId, serviceAccountId, idempotencyKey, sinceMs) => {
      const row = await db
        .selectFrom("operation")
        .selectAll()
        .where("organization_id", "=", organizationId)
        .where("service_account_id", "=", serviceAccountId)
        .where("idempotency_key", "=", idempotencyKey)
        .where("created_at_ms", ">=", sinceMs)
        .orderBy("created_at_ms", "desc")
        .limit(1)
        .executeTakeFirst();
      return row === undefined ? undefined : operationOf(row);
    },
    listUnended: async () => {
      const rows = await db
        .selectFrom("operation")
        .selectAll()
        .where("ended_at_ms", "is", null)
        .orderBy("created_at_ms")
        .orderBy("id")
        .execute();
      return rows.map(operationOf);
    },
  };
}

async function listOperations(
  db: Database,
  organizationId: string,
  query: Parameters<OperationStore["list"]>[1],
): Promise<Page<Operation>> {
  const { kind, state, runnerId } = query;
  const after = query.after === undefined ? undefined : readMomentKey(query.after);
  const rows = await db
    .selectFrom("operation")
    .selectAll()
    .where("organization_id", "=", organizationId)
    .$if(kind !== undefined, (select) => select.where("kind", "=", kind ?? ""))
    .$if(state !== undefined, (select) => select.where("state", "=", state ?? ""))
    .$if(runnerId !== undefined, (select) => select.where("runner_id", "=", runnerId ?? ""))
    .$if(after !== undefined, (select) =>
      select.where(({ eb, refTuple, tuple }) =>
        eb(refTuple("created_at_ms", "id"), "<", tuple(after?.atMs ?? 0, after?.id ?? "")),
      ),
    )
    .orderBy("created_at_ms", "desc")
    .orderBy("id", "desc")
    .limit(rowsToRead(query))
    .execute();
  return pageOf(rows.map(operationOf), query, ({ createdAtMs, id }) =>
    writeMomentKey({ atMs: createdAtMs, id }),
  );
}

function gone(code: FailureCode, message: string, cause: unknown): Failure {
  return new Failure(code, message, { cause });
}

type Row = Selectable<Schema["operation"]>;

function rowOf(operation: Operation): Row {
  const { failure } = operation;
  return {
    id: operation.id,
    organization_id: operation.organizationId,
    kind: operation.kind,
    connection_id: operation.connectionId ?? null,
    runner_id: operation.runnerId,
    service_account_id: operation.serviceAccountId,
    state: operation.state,
    created_at_ms: operation.createdAtMs,
    started_at_ms: operation.startedAtMs ?? null,
    ended_at_ms: operation.endedAtMs ?? null,
    deadline_at_ms: operation.deadlineAtMs,
    failure_code: failure?.code ?? null,
    failure_message: failure?.message ?? null,
    failure_mender: failure?.mender ?? null,
    failure_is_retriable: failure?.isRetriable ?? null,
    input_sha256: operation.inputSha256,
    output_bytes: operation.outputBytes,
    idempotency_key: operation.idempotencyKey ?? null,
  };
}

function operationOf(row: Row): Operation {
  return {
    id: row.id,
    organizationId: row.organization_id,
    kind: row.kind,
    connectionId: row.connection_id ?? undefined,
    runnerId: row.runner_id,
    serviceAccountId: row.service_account_id,
    // The constraint `operation_state_is_known` holds.
    state: row.state as OperationState,
    createdAtMs: row.created_at_ms,
    startedAtMs: row.started_at_ms ?? undefined,
    endedAtMs: row.ended_at_ms ?? undefined,
    deadlineAtMs: row.deadline_at_ms,
    failure: failureOf(row),
    inputSha256: row.input_sha256,
    outputBytes: row.output_bytes,
    idempotencyKey: row.idempotency_key ?? undefined,
  };
}

function failureOf(row: Row): OperationFailure | undefined {
  if (row.failure_code === null) {
    return undefined;
  }
  return {
    // Written by rowOf; a code of a newer version is only passed on.
    code: row.failure_code as FailureCode,
    message: row.failure_message ?? "",
    mender: (row.failure_mender ?? "control-plane") as Mender,
    isRetriable: row.failure_is_retriable ?? false,
  };
}
