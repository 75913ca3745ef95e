import { resolve } from "node:path";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { AuditLink } from "@holdfast/protocol/audit/audit-chain.ts";
import {
  type AuditRecord,
  AuditService,
} from "@holdfast/protocol/generated/holdfast/v1/audit_pb.ts";
import { type Session, withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { reservePrivateFile } from "../files/private-file.ts";

/** `holdfast audit export`: one link of the chain a line, in the form that is hashed (docs/audit.md). */
export async function exportRecords(call: CommandCall): Promise<undefined> {
  const { options, world } = call;
  const path = options.text("output-file");
  if (path === undefined) {
    await withSession(call, async (session) => {
      await exportTo(call, session, async (text) => await world.terminal.write(text));
    });
    return undefined;
  }
  const target = resolve(world.folder, path);
  const file = await reservePrivateFile(target, "cli.file_exists", world.random);
  try {
    await withSession(call, async (session) => {
      const count = await exportTo(call, session, file.append);
      await file.commit();
      world.terminal.note(`wrote ${count} records to ${file.path}`);
    });
  } finally {
    await file.release();
  }
  return undefined;
}

async function exportTo(
  call: CommandCall,
  session: Session,
  write: (text: string) => Promise<void>,
): Promise<number> {
  let count = 0;
  for await (const { records } of open(call, session)) {
    count += records.length;
    await write(records.map((record) => `${JSON.stringify(linkOf(record))}\n`).join(""));
  }
  return count;
}

function open(
  { options }: CommandCall,
  session: Session,
): AsyncIterable<{ readonly records: readonly AuditRecord[] }> {
  const afterSequence = BigInt(options.count("after") ?? 0);
  const { method } = AuditService;
  return options.flag("platform")
    ? session.stream(method.exportPlatformAuditRecords, { afterSequence })
    : session.stream(method.exportAuditRecords, {
        organization: session.organization,
        afterSequence,
      });
}

function linkOf(record: AuditRecord): AuditLink {
  const { organizationId, actor, action, subject, detailJson, previousHash, hash } = record;
  const atMs = record.at === undefined ? 0 : timestampMs(record.at);
  return {
    sequence: Number(record.sequence),
    organizationId,
    atMs,
    actor,
    action,
    subject,
    detailJson,
    previousHash,
    hash,
  };
}
