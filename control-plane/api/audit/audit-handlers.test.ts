import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { AuditLink } from "@holdfast/protocol/audit/audit-chain.ts";
import { verifyAuditChain } from "@holdfast/protocol/audit/verify-audit-chain.ts";
import {
  type AuditRecord,
  AuditService,
  ExportAuditRecordsRequestSchema,
  type ExportAuditRecordsResponseSchema,
  ExportAuditRecordsResponseSchema as ResponseSchema,
} from "@holdfast/protocol/generated/holdfast/v1/audit_pb.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestStorage } from "../../../test/support/test-storage.ts";
import type { OpenStore } from "../../storage/sql-storage.ts";
import type { CallContext } from "../handler.ts";
import { auditHandlers } from "./audit-handlers.ts";

let store: OpenStore;
const organization = { id: "org_1", name: "acme", displayName: "", createdAtMs: 0 };
const details = [
  {},
  { name: "prod", generation: 2, forced: true },
  { zeta: 1, alpha: 'quote " and \\ and é', "10": "ten", "9": "nine" },
];

beforeAll(async () => {
  store = await openTestStorage();
  await store.storage.write(async ({ audit }) => {
    // More than one message of the stream.
    for (let index = 0; index < 250; index += 1) {
      await audit.append(
        {
          organizationId: organization.id,
          actor: "sa_1",
          action: "runner.created",
          subject: `run_${index}`,
          detail: details[index % details.length] ?? {},
        },
        1_767_225_600_123 + index,
      );
    }
  });
});
afterAll(async () => {
  await store.close();
});

const context: CallContext = {
  caller: { kind: "anonymous" },
  organization,
  signal: new AbortController().signal,
  correlationId: "cor_1",
};

/** What a caller receives, in the form that `holdfast audit export` writes. */
async function exported(afterSequence: bigint): Promise<readonly AuditLink[]> {
  const { exportAuditRecords } = AuditService.method;
  const handler = auditHandlers(store).find(({ method }) => method === exportAuditRecords);
  const request = create(ExportAuditRecordsRequestSchema, { afterSequence });
  // The types of one handler among many are lost in the list.
  const stream = handler?.stream?.(request as never, context) as AsyncIterable<
    MessageInitShape<typeof ExportAuditRecordsResponseSchema>
  >;
  const links: AuditLink[] = [];
  for await (const message of stream) {
    links.push(...create(ResponseSchema, message).records.map(linkOf));
  }
  return links;
}

function linkOf(record: AuditRecord): AuditLink {
  return {
    sequence: Number(record.sequence),
    organizationId: record.organizationId,
    atMs: record.at === undefined ? 0 : timestampMs(record.at),
    actor: record.actor,
    action: record.action,
    subject: record.subject,
    detailJson: record.detailJson,
    previousHash: record.previousHash,
    hash: record.hash,
  };
}

test("what is exported is the whole chain, and it holds when it is checked offline", async () => {
  expect(verifyAuditChain(await exported(0n))).toMatchObject({ holds: true, count: 250 });
});

test("an export from a later record on is the rest of the chain", async () => {
  const links = await exported(240n);
  expect(verifyAuditChain(links, { afterSequence: 240 })).toMatchObject({
    holds: true,
    count: 10,
    headSequence: 250,
  });
});
