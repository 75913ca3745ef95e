import { describe, expect, test } from "vitest";
import type { ContractStore } from "./fixture-contract.ts";
import type { Schema } from "./schema.ts";

/** Every table and column that `schema.ts` declares; the compiler keeps the two equal. */
const columns: { readonly [Table in keyof Schema]: Record<keyof Schema[Table], true> } = {
  organization: { id: true, name: true, display_name: true, created_at_ms: true },
  service_account: {
    id: true,
    organization_id: true,
    scope: true,
    name: true,
    description: true,
    role: true,
    runner_id: true,
    created_at_ms: true,
  },
  api_key: {
    id: true,
    organization_id: true,
    scope: true,
    service_account_id: true,
    description: true,
    digest: true,
    pepper_id: true,
    created_at_ms: true,
    expire_at_ms: true,
    revoked_at_ms: true,
    last_used_at_ms: true,
  },
  runner: {
    id: true,
    organization_id: true,
    name: true,
    description: true,
    is_enabled: true,
    service_account_id: true,
    created_at_ms: true,
    last_seen_at_ms: true,
  },
  runner_credentials: {
    organization_id: true,
    runner_id: true,
    generation: true,
    certificate_serial: true,
    certificate_fingerprint: true,
    api_key_id: true,
    created_at_ms: true,
    expire_at_ms: true,
    revoked_at_ms: true,
    revoke_after_ms: true,
    first_connected_at_ms: true,
  },
  secret: {
    id: true,
    organization_id: true,
    name: true,
    description: true,
    version: true,
    created_at_ms: true,
    updated_at_ms: true,
  },
  secret_version: {
    organization_id: true,
    secret_id: true,
    version: true,
    sealed: true,
    created_at_ms: true,
  },
  variable: {
    id: true,
    organization_id: true,
    name: true,
    description: true,
    version: true,
    created_at_ms: true,
    updated_at_ms: true,
  },
  variable_version: {
    organization_id: true,
    variable_id: true,
    version: true,
    value: true,
    written_at_ms: true,
  },
  connection: {
    id: true,
    organization_id: true,
    name: true,
    description: true,
    provider: true,
    mode: true,
    runner_id: true,
    settings_json: true,
    sealed_credentials: true,
    created_at_ms: true,
    updated_at_ms: true,
  },
  operation: {
    id: true,
    organization_id: true,
    kind: true,
    connection_id: true,
    runner_id: true,
    service_account_id: true,
    state: true,
    created_at_ms: true,
    started_at_ms: true,
    ended_at_ms: true,
    deadline_at_ms: true,
    failure_code: true,
    failure_message: true,
    failure_mender: true,
    failure_is_retriable: true,
    input_sha256: true,
    output_bytes: true,
    idempotency_key: true,
  },
  encryption_key: {
    id: true,
    organization_id: true,
    master_key_id: true,
    wrapped: true,
    is_active: true,
    created_at_ms: true,
  },
  audit_chain: { chain: true, last_sequence: true, last_hash: true },
  audit_record: {
    chain: true,
    sequence: true,
    at_ms: true,
    actor: true,
    action: true,
    subject: true,
    detail_json: true,
    previous_hash: true,
    hash: true,
  },
  migration: { number: true, name: true, applied_at_ms: true },
};

/** Tables that have no organization column, each for a reason. */
const withoutOrganization = new Set([
  "organization", // It is one.
  "audit_chain", // `chain` names it, and outlives it.
  "audit_record", // The same.
  "migration", // Belongs to the store.
]);

/** What every store promises of its schema. */
export function schemaContract(store: () => ContractStore): void {
  const list = async (statement: string): Promise<readonly string[]> =>
    (await store().query(statement)).map((row) => Object.values(row).join(" "));

  describe("the schema", () => {
    test("the migrations leave exactly the tables and columns that are declared", async () => {
      const declared = Object.entries(columns).flatMap(([table, names]) =>
        Object.keys(names).map((name) => `${table} ${name}`),
      );
      const found = await list(
        "select table_name, column_name from information_schema.columns where table_schema = 'public'",
      );
      expect(found.toSorted()).toEqual(declared.toSorted());
    });

    test("every table says what it is for, and is fenced by its organization", async () => {
      const commented = await list(
        `select relname from pg_class
        where relnamespace = 'public'::regnamespace and relkind = 'r'
          and obj_description(oid, 'pg_class') <> ''`,
      );
      expect(commented.toSorted()).toEqual(Object.keys(columns).toSorted());
      const unfenced = Object.entries(columns).flatMap(([table, names]) =>
        "organization_id" in names ? [] : [table],
      );
      expect(new Set(unfenced)).toEqual(withoutOrganization);
    });

    test("every constraint has been named by us, beginning with its table", async () => {
      const constraints = await list(
        `select table_name, constraint_name from information_schema.table_constraints
        where table_schema = 'public' and constraint_name not like '%_not_null'`,
      );
      const own = constraints.filter((line) => {
        const [table = "", name = ""] = line.split(" ");
        return name.startsWith(`${table}_`);
      });
      expect(own).toEqual(constraints);
      // What PostgreSQL names by itself ends so.
      expect(constraints.filter((line) => /_(pkey|fkey|check)\d*$/.test(line))).toEqual([]);
    });

    test("no trigger is missing", async () => {
      const triggers = await list("select tgname from pg_trigger where not tgisinternal");
      expect(triggers.toSorted()).toEqual([
        "api_key_stays_revoked",
        "audit_record_is_never_changed",
        "operation_begins_within_its_organization",
        "operation_state_follows_the_one_before",
        "runner_credentials_stay_revoked",
        "secret_version_stays_destroyed",
      ]);
    });
  });
}
