import type { MessageInitShape } from "@bufbuild/protobuf";
import { canonicalDetail } from "@holdfast/protocol/audit/audit-chain.ts";
import {
  type AuditRecordSchema,
  AuditService,
} from "@holdfast/protocol/generated/holdfast/v1/audit_pb.ts";
import type { AuditRecord } from "../../audit/audit-record.ts";
import type { AuditStore } from "../../audit/audit-store.ts";
import type { Storage } from "../../stores.ts";
import { type Handler, organizationOf, serverStream, unary } from "../handler.ts";
import { momentOf, pageQueryOf, pageResponseOf } from "../page-mapping.ts";

const recordsPerMessage = 200;

/** Everything that callers can read of the audit. */
export function auditHandlers(deps: { readonly storage: Storage }): readonly Handler[] {
  const { method } = AuditService;
  const { audit } = deps.storage.read;
  return [
    unary(method.listAuditRecords, async (request, context) => {
      const page = await audit.list(organizationOf(context).id, {
        ...pageQueryOf(request.page),
        actionPrefix: request.actionPrefix,
        subject: request.subject === "" ? undefined : request.subject,
      });
      return { records: page.entries.map(toMessage), page: pageResponseOf(page) };
    }),
    serverStream(method.exportAuditRecords, (request, context) =>
      exportChain(audit, organizationOf(context).id, Number(request.afterSequence)),
    ),
    serverStream(method.exportPlatformAuditRecords, (request) =>
      exportChain(audit, undefined, Number(request.afterSequence)),
    ),
  ];
}

async function* exportChain(
  audit: AuditStore,
  organizationId: string | undefined,
  afterSequence: number,
): AsyncGenerator<{ records: MessageInitShape<typeof AuditRecordSchema>[] }> {
  let after = afterSequence;
  for (;;) {
    const records = await audit.export(organizationId, after, recordsPerMessage);
    const last = records.at(-1);
    if (last === undefined) {
      return;
    }
    yield { records: records.map(toMessage) };
    after = last.sequence;
  }
}

function toMessage(record: AuditRecord): MessageInitShape<typeof AuditRecordSchema> {
  return {
    sequence: BigInt(record.sequence),
    organizationId: record.organizationId ?? "",
    at: momentOf(record.atMs),
    actor: record.actor,
    action: record.action,
    subject: record.subject,
    detailJson: canonicalDetail(record.detail),
    previousHash: record.previousHash,
    hash: record.hash,
  };
}
