import {
  AuditRecordSchema,
  AuditService,
} from "@holdfast/protocol/generated/holdfast/v1/audit_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { moment, printMany, type View } from "../output/print.ts";

const view: View<typeof AuditRecordSchema> = {
  schema: AuditRecordSchema,
  columns: () => [
    { title: "sequence", of: ({ sequence }) => String(sequence) },
    { title: "at", of: ({ at }) => moment(at) },
    { title: "actor", of: ({ actor }) => actor },
    { title: "action", of: ({ action }) => action },
    { title: "subject", of: ({ subject }) => subject },
    { title: "detail", of: ({ detailJson }) => (detailJson === "{}" ? "" : detailJson) },
  ],
};

const limitByDefault = 50;

/** `holdfast audit list`. */
export async function listRecords(call: CommandCall): Promise<undefined> {
  const { options } = call;
  return await withSession(call, async (session) => {
    const { organization } = session;
    const actionPrefix = options.text("action") ?? "";
    const subject = options.text("subject") ?? "";
    const records = await readPages(async (page) => {
      const request = { organization, page, actionPrefix, subject };
      const answer = await session.call(AuditService.method.listAuditRecords, request);
      return { items: answer.records, page: answer.page };
    }, options.count("limit") ?? limitByDefault);
    return await printMany(call, view, records);
  });
}
