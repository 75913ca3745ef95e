import type { Page, PageQuery } from "../page.ts";
import type { Variable } from "./variable.ts";

/** Where variables are kept, with all their versions. */
export interface VariableStore {
  /** @throws {Failure} `variable.exists` if the name is taken in the organization. */
  insert(variable: Variable): Promise<void>;
  /** By name or id, within one organization; version 0 means the newest. */
  find(organizationId: string, nameOrId: string, version: number): Promise<Variable | undefined>;
  list(
    organizationId: string,
    query: PageQuery & { readonly namePrefix: string },
  ): Promise<Page<Variable>>;
  /** Writes the description; a higher `version` than the stored one adds that version of the value. */
  update(variable: Variable): Promise<void>;
  delete(organizationId: string, id: string): Promise<void>;
}
