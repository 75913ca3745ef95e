import type { Page, PageQuery } from "../page.ts";
import type { ApiKey, ServiceAccount } from "./service-account.ts";

/** Where service accounts are kept. `organizationId` undefined means the installation's own. */
export interface ServiceAccountStore {
  /** @throws {Failure} `service_account.exists` if the name is taken. */
  insert(account: ServiceAccount): Promise<void>;
  /** By name or id, within one organization. */
  find(organizationId: string | undefined, nameOrId: string): Promise<ServiceAccount | undefined>;
  /** By id alone: for authentication only. */
  findById(id: string): Promise<ServiceAccount | undefined>;
  list(
    organizationId: string | undefined,
    query: PageQuery & { readonly namePrefix: string },
  ): Promise<Page<ServiceAccount>>;
  update(account: ServiceAccount): Promise<void>;
  /** Deletes the account with its API keys. */
  delete(id: string): Promise<void>;
}

/** Where the digests of API keys are kept. */
export interface ApiKeyStore {
  insert(key: ApiKey): Promise<void>;
  find(id: string): Promise<ApiKey | undefined>;
  /** The newest first. */
  list(serviceAccountId: string, query: PageQuery): Promise<Page<ApiKey>>;
  /** Sets `revokedAtMs` where it is not set yet; returns the ids that this call has revoked. */
  revoke(ids: readonly string[], atMs: number): Promise<readonly string[]>;
  /** Accurate to a minute: callers do not call it more often for one key. */
  touch(id: string, atMs: number): Promise<void>;
}
