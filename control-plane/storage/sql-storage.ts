import { Failure } from "@holdfast/foundation/failure.ts";
import { auditStoreSql } from "../audit/audit-store-sql.ts";
import { connectionStoreSql } from "../connections/connection-store-sql.ts";
import { encryptionKeyStoreSql } from "../encryption/encryption-key-store-sql.ts";
import { operationStoreSql } from "../operations/operation-store-sql.ts";
import { organizationStoreSql } from "../organizations/organization-store-sql.ts";
import { runnerCredentialsStoreSql } from "../runners/runner-credentials-store-sql.ts";
import { runnerStoreSql } from "../runners/runner-store-sql.ts";
import { secretStoreSql } from "../secrets/secret-store-sql.ts";
import { apiKeyStoreSql } from "../service-accounts/api-key-store-sql.ts";
import { serviceAccountStoreSql } from "../service-accounts/service-account-store-sql.ts";
import type { Storage, Stores } from "../stores.ts";
import { variableStoreSql } from "../variables/variable-store-sql.ts";
import type { Database, StoreDatabase } from "./schema.ts";

/** An open store. */
export interface OpenStore {
  readonly storage: Storage;
  /** Ends once what was under way has ended. Safe to repeat. */
  close(): Promise<void>;
}

/** All stores over one database, on either engine. */
export function sqlStorage(db: Database): Storage {
  return {
    read: storesOn({ db, locksRows: false }),
    write: async (work) => {
      try {
        return await db
          .transaction()
          .execute(
            async (transaction) => await work(storesOn({ db: transaction, locksRows: true })),
          );
      } catch (error) {
        throw translated(error);
      }
    },
  };
}

function storesOn(database: StoreDatabase): Stores {
  return {
    organizations: organizationStoreSql(database),
    serviceAccounts: serviceAccountStoreSql(database),
    apiKeys: apiKeyStoreSql(database),
    runners: runnerStoreSql(database),
    credentials: runnerCredentialsStoreSql(database),
    secrets: secretStoreSql(database),
    variables: variableStoreSql(database),
    connections: connectionStoreSql(database),
    operations: operationStoreSql(database),
    encryptionKeys: encryptionKeyStoreSql(database),
    audit: auditStoreSql(database),
  };
}

/**
 * Foreign key, uniqueness, serialization, deadlock (PostgreSQL, appendix A): two writers met, and this
 * one came second. Where a use case can say more, its store has done so already.
 */
const raceCodes: ReadonlySet<unknown> = new Set(["23503", "23505", "40001", "40P01"]);

/** The form of text that no PostgreSQL can hold: it has a NUL character in it. */
const unwritableText = "22021";

function translated(error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === unwritableText) {
    return new Failure("request.invalid", "A text has a NUL character in it.", { cause: error });
  }
  return raceCodes.has(code) ? raceLost(error) : error;
}

function raceLost(cause: unknown): Failure {
  return new Failure(
    "request.conflict",
    "Something that the change depends on was changed at the same time.",
    { cause },
  );
}
