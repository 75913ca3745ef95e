import type { Page, PageQuery } from "../page.ts";
import type { Organization } from "./organization.ts";

/** Where organizations are kept. */
export interface OrganizationStore {
  /** @throws {Failure} `organization.exists` if the name is taken. */
  insert(organization: Organization): Promise<void>;
  /** By name or id. */
  find(nameOrId: string): Promise<Organization | undefined>;
  list(query: PageQuery & { readonly namePrefix: string }): Promise<Page<Organization>>;
  update(organization: Organization): Promise<void>;
  /** @throws {Failure} `organization.not_empty` if something still belongs to it. */
  delete(id: string): Promise<void>;
}
