import type { AuditStore } from "./audit/audit-store.ts";
import type { ConnectionStore } from "./connections/connection-store.ts";
import type { EncryptionKeyStore } from "./encryption/encryption-key-store.ts";
import type { OperationStore } from "./operations/operation-store.ts";
import type { OrganizationStore } from "./organizations/organization-store.ts";
import type { RunnerCredentialsStore, RunnerStore } from "./runners/runner-store.ts";
import type { SecretStore } from "./secrets/secret-store.ts";
import type { ApiKeyStore, ServiceAccountStore } from "./service-accounts/service-account-store.ts";
import type { VariableStore } from "./variables/variable-store.ts";

/** Every store, all in one transaction or all outside of one. */
export interface Stores {
  readonly organizations: OrganizationStore;
  readonly serviceAccounts: ServiceAccountStore;
  readonly apiKeys: ApiKeyStore;
  readonly runners: RunnerStore;
  readonly credentials: RunnerCredentialsStore;
  readonly secrets: SecretStore;
  readonly variables: VariableStore;
  readonly connections: ConnectionStore;
  readonly operations: OperationStore;
  readonly encryptionKeys: EncryptionKeyStore;
  readonly audit: AuditStore;
}

/** How use cases reach the stores. */
export interface Storage {
  /** For reads outside of a transaction. */
  readonly read: Stores;
  /**
   * Runs `work` in one transaction: all of it happens or none. Inside, use only the stores that are
   * handed in: the others would wait for this transaction for ever.
   */
  write<Value>(work: (stores: Stores) => Promise<Value>): Promise<Value>;
}
