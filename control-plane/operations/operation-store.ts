import type { Page, PageQuery } from "../page.ts";
import type { Operation, OperationState } from "./operation.ts";

/** Where operations are kept. */
export interface OperationStore {
  insert(operation: Operation): Promise<void>;
  find(organizationId: string, id: string): Promise<Operation | undefined>;
  /** The operation that the same caller began with this key since `sinceMs`. */
  findByIdempotencyKey(
    organizationId: string,
    serviceAccountId: string,
    idempotencyKey: string,
    sinceMs: number,
  ): Promise<Operation | undefined>;
  /** The newest first; `after` is an opaque sort key. */
  list(
    organizationId: string,
    query: PageQuery & {
      readonly kind: string | undefined;
      readonly state: OperationState | undefined;
      readonly runnerId: string | undefined;
    },
  ): Promise<Page<Operation>>;
  /** All that have not ended, of all organizations: for recovery after a restart. */
  listUnended(): Promise<readonly Operation[]>;
  /** Writes `operation` if the stored state is still `expected`; false if it is not. */
  transition(expected: OperationState, operation: Operation): Promise<boolean>;
  delete(organizationId: string, id: string): Promise<void>;
}
