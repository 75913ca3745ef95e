import type { Page, PageQuery } from "../page.ts";
import type { AuditEvent, AuditRecord } from "./audit-record.ts";

/** Where the audit is kept. */
export interface AuditStore {
  /** Appends to the chain, in the transaction of the change that it records. */
  append(event: AuditEvent, atMs: number): Promise<AuditRecord>;
  /** The newest first; `after` is a sequence. */
  list(
    organizationId: string | undefined,
    query: PageQuery & { readonly actionPrefix: string; readonly subject: string | undefined },
  ): Promise<Page<AuditRecord>>;
  /** In the order of the chain. */
  export(
    organizationId: string | undefined,
    afterSequence: number,
    max: number,
  ): Promise<readonly AuditRecord[]>;
}
