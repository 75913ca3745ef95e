import type { Generated, Kysely } from "kysely";

/** Milliseconds since the Unix epoch, as a number on both engines. */
type Ms = number;

interface OrganizationTable {
  id: string;
  name: string;
  display_name: string;
  created_at_ms: Ms;
}

interface ServiceAccountTable {
  id: string;
  organization_id: string | null;
  /** The organization, or `installation`: what names and keys are unique within. */
  scope: Generated<string>;
  name: string;
  description: string;
  role: string;
  runner_id: string | null;
  created_at_ms: Ms;
}

interface ApiKeyTable {
  id: string;
  organization_id: string | null;
  scope: Generated<string>;
  service_account_id: string;
  description: string;
  digest: Uint8Array;
  pepper_id: string;
  created_at_ms: Ms;
  expire_at_ms: Ms | null;
  revoked_at_ms: Ms | null;
  last_used_at_ms: Ms | null;
}

interface RunnerTable {
  id: string;
  organization_id: string;
  name: string;
  description: string;
  is_enabled: boolean;
  service_account_id: string | null;
  created_at_ms: Ms;
  last_seen_at_ms: Ms | null;
}

interface RunnerCredentialsTable {
  organization_id: string;
  runner_id: string;
  generation: number;
  certificate_serial: string;
  certificate_fingerprint: string;
  api_key_id: string;
  created_at_ms: Ms;
  expire_at_ms: Ms;
  revoked_at_ms: Ms | null;
  revoke_after_ms: Ms | null;
  first_connected_at_ms: Ms | null;
}

interface SecretTable {
  id: string;
  organization_id: string;
  name: string;
  description: string;
  version: number;
  created_at_ms: Ms;
  updated_at_ms: Ms;
}

interface SecretVersionTable {
  organization_id: string;
  secret_id: string;
  version: number;
  sealed: Uint8Array | null;
  created_at_ms: Ms;
}

interface VariableTable {
  id: string;
  organization_id: string;
  name: string;
  description: string;
  version: number;
  created_at_ms: Ms;
  updated_at_ms: Ms;
}

interface VariableVersionTable {
  organization_id: string;
  variable_id: string;
  version: number;
  value: string;
  written_at_ms: Ms;
}

interface ConnectionTable {
  id: string;
  organization_id: string;
  name: string;
  description: string;
  provider: number;
  mode: number;
  runner_id: string;
  /** The settings in protobuf's own JSON form. */
  settings_json: string;
  sealed_credentials: Uint8Array | null;
  created_at_ms: Ms;
  updated_at_ms: Ms;
}

interface OperationTable {
  id: string;
  organization_id: string;
  kind: string;
  connection_id: string | null;
  runner_id: string;
  service_account_id: string;
  state: string;
  created_at_ms: Ms;
  started_at_ms: Ms | null;
  ended_at_ms: Ms | null;
  deadline_at_ms: Ms;
  failure_code: string | null;
  failure_message: string | null;
  failure_mender: string | null;
  failure_is_retriable: boolean | null;
  input_sha256: string;
  output_bytes: number;
  idempotency_key: string | null;
}

interface EncryptionKeyTable {
  id: string;
  organization_id: string;
  master_key_id: string;
  wrapped: Uint8Array;
  is_active: boolean;
  created_at_ms: Ms;
}

interface AuditChainTable {
  /** The organization, or `installation`. */
  chain: string;
  last_sequence: number;
  last_hash: string;
}

interface AuditRecordTable {
  chain: string;
  sequence: number;
  at_ms: Ms;
  actor: string;
  action: string;
  subject: string;
  detail_json: string;
  previous_hash: string;
  hash: string;
}

interface MigrationTable {
  number: number;
  name: string;
  applied_at_ms: Ms;
}

/** Every table, as the migrations leave them. */
export interface Schema {
  organization: OrganizationTable;
  service_account: ServiceAccountTable;
  api_key: ApiKeyTable;
  runner: RunnerTable;
  runner_credentials: RunnerCredentialsTable;
  secret: SecretTable;
  secret_version: SecretVersionTable;
  variable: VariableTable;
  variable_version: VariableVersionTable;
  connection: ConnectionTable;
  operation: OperationTable;
  encryption_key: EncryptionKeyTable;
  audit_chain: AuditChainTable;
  audit_record: AuditRecordTable;
  migration: MigrationTable;
}

/** The database, or a transaction in it. Rows never leave the stores. */
export type Database = Kysely<Schema>;

/** What a store works on. */
export interface StoreDatabase {
  readonly db: Database;
  /**
   * True inside a transaction: what is found stays locked until it ends, so that of two callers who
   * read, decide and write, the second decides on what the first has written.
   */
  readonly locksRows: boolean;
}

/** The chain and scope of what belongs to no organization. */
export const installation = "installation";
