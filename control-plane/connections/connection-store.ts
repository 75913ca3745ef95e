import type { Provider } from "@holdfast/protocol/generated/holdfast/v1/options_pb.ts";
import type { Page, PageQuery } from "../page.ts";
import type { Connection } from "./connection.ts";

/** Where connections are kept. */
export interface ConnectionStore {
  /** @throws {Failure} `connection.exists` if the name is taken in the organization. */
  insert(connection: Connection): Promise<void>;
  /** By name or id, within one organization. */
  find(organizationId: string, nameOrId: string): Promise<Connection | undefined>;
  list(
    organizationId: string,
    query: PageQuery & { readonly namePrefix: string; readonly provider: Provider | undefined },
  ): Promise<Page<Connection>>;
  update(connection: Connection): Promise<void>;
  delete(organizationId: string, id: string): Promise<void>;
}
