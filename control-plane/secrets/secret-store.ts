import type { Page, PageQuery } from "../page.ts";
import type { ManagedSecret, SecretVersion } from "./secret.ts";

/** Where secrets are kept, encrypted. */
export interface SecretStore {
  /** @throws {Failure} `secret.exists` if the name is taken in the organization. */
  insert(secret: ManagedSecret, first: SecretVersion): Promise<void>;
  /** By name or id, within one organization. */
  find(organizationId: string, nameOrId: string): Promise<ManagedSecret | undefined>;
  list(
    organizationId: string,
    query: PageQuery & { readonly namePrefix: string },
  ): Promise<Page<ManagedSecret>>;
  update(secret: ManagedSecret): Promise<void>;
  insertVersion(version: SecretVersion): Promise<void>;
  findVersion(
    organizationId: string,
    secretId: string,
    version: number,
  ): Promise<SecretVersion | undefined>;
  /** Every version that is not destroyed, page by page: for encrypting anew. */
  listVersions(organizationId: string, query: PageQuery): Promise<Page<SecretVersion>>;
  updateVersion(version: SecretVersion): Promise<void>;
  delete(organizationId: string, id: string): Promise<void>;
}
