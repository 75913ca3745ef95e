import {
  canonicalDetail,
  firstPreviousHash,
  hashAuditLink,
} from "@holdfast/protocol/audit/audit-chain.ts";
import type { Selectable } from "kysely";
import { sql } from "kysely";
import type { Page } from "../page.ts";
import { readNumberKey } from "../storage/moment-key.ts";
import { pageOf, rowsToRead } from "../storage/page-of.ts";
import { type Database, installation, type Schema, type StoreDatabase } from "../storage/schema.ts";
import type { AuditEvent, AuditRecord } from "./audit-record.ts";
import type { AuditStore } from "./audit-store.ts";

/** The audit in SQL. */
export function auditStoreSql({ db }: StoreDatabase): AuditStore {
  return {
    append: async (event, atMs) => await append(db, event, atMs),
    list: async (organizationId, query) => await listRecords(db, organizationId, query),
    export: async (organizationId, afterSequence, max) => {
      const rows = await db
        .selectFrom("audit_record")
        .selectAll()
        .where("chain", "=", organizationId ?? installation)
        .where("sequence", ">", afterSequence)
        .orderBy("sequence")
        .limit(max)
        .execute();
      return rows.map(recordOf);
    },
  };
}

async function append(db: Database, event: AuditEvent, atMs: number): Promise<AuditRecord> {
  const chain = event.organizationId ?? installation;
  const end = await lockEnd(db, chain);
  const sequence = end.last_sequence + 1;
  const link = {
    sequence,
    organizationId: event.organizationId ?? "",
    atMs,
    actor: event.actor,
    action: event.action,
    subject: event.subject,
    detailJson: canonicalDetail(event.detail),
    previousHash: end.last_hash,
  };
  const hash = hashAuditLink(link);
  await db
    .insertInto("audit_record")
    .values({
      chain,
      sequence,
      at_ms: atMs,
      actor: link.actor,
      action: link.action,
      subject: link.subject,
      detail_json: link.detailJson,
      previous_hash: link.previousHash,
      hash,
    })
    .execute();
  await db
    .updateTable("audit_chain")
    .set({ last_sequence: sequence, last_hash: hash })
    .where("chain", "=", chain)
    .execute();
  return { ...event, sequence, atMs, previousHash: link.previousHash, hash };
}

/** The end of the chain, locked until the transaction ends: no two records follow the same one. */
async function lockEnd(
  db: Database,
  chain: string,
): Promise<{ readonly last_sequence: number; readonly last_hash: string }> {
  const read = async () =>
    await db
      .selectFrom("audit_chain")
      .select(["last_sequence", "last_hash"])
      .where("chain", "=", chain)
      .forUpdate()
      .executeTakeFirst();
  const end = await read();
  if (end !== undefined) {
    return end;
  }
  const begin = { last_sequence: 0, last_hash: firstPreviousHash };
  await db
    .insertInto("audit_chain")
    .values({ chain, ...begin })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  // Another transaction may have begun the chain in between, and gone on with it.
  return (await read()) ?? begin;
}

async function listRecords(
  db: Database,
  organizationId: string | undefined,
  query: Parameters<AuditStore["list"]>[1],
): Promise<Page<AuditRecord>> {
  const { subject } = query;
  const after = query.after === undefined ? undefined : readNumberKey(query.after);
  const rows = await db
    .selectFrom("audit_record")
    .selectAll()
    .where("chain", "=", organizationId ?? installation)
    .where(sql<boolean>`starts_with(action, ${query.actionPrefix})`)
    .$if(subject !== undefined, (select) => select.where("subject", "=", subject ?? ""))
    .$if(after !== undefined, (select) => select.where("sequence", "<", after ?? 0))
    .orderBy("sequence", "desc")
    .limit(rowsToRead(query))
    .execute();
  return pageOf(rows.map(recordOf), query, ({ sequence }) => String(sequence));
}

function recordOf(row: Selectable<Schema["audit_record"]>): AuditRecord {
  return {
    organizationId: row.chain === installation ? undefined : row.chain,
    sequence: row.sequence,
    atMs: row.at_ms,
    actor: row.actor,
    action: row.action,
    subject: row.subject,
    // Written by canonicalDetail.
    detail: JSON.parse(row.detail_json) as AuditRecord["detail"],
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}
