import { auditTables } from "./0001/audit.ts";
import { encryptionTables } from "./0001/encryption.ts";
import { operationTables } from "./0001/operation.ts";
import { organizationTables } from "./0001/organization.ts";
import { runnerTables } from "./0001/runner.ts";
import { valueTables } from "./0001/value.ts";
import type { Migration } from "./migration.ts";

/** Every table of the first release. The order follows the foreign keys. */
export const initialSchema: Migration = {
  number: 1,
  name: "initial-schema",
  statements: [
    ...organizationTables,
    ...runnerTables,
    ...valueTables,
    ...operationTables,
    ...encryptionTables,
    ...auditTables,
  ],
};
