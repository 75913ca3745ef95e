import { timestampMs } from "@bufbuild/protobuf/wkt";
import {
  type Operation,
  OperationSchema,
  OperationService,
  OperationState,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { readPages } from "../api/pages.ts";
import { withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { formatDuration } from "../duration.ts";
import { confirm } from "../output/confirm.ts";
import { enumValue, enumWord } from "../output/enum-words.ts";
import { ago, moment, printDone, printMany, printOne, type View } from "../output/print.ts";

const { method } = OperationService;

const limitByDefault = 50;

/** How an operation is shown. */
export const operationView: View<typeof OperationSchema> = {
  schema: OperationSchema,
  columns: (clock) => [
    { title: "id", of: ({ id }) => id },
    { title: "kind", of: ({ kind }) => kind },
    { title: "state", of: ({ state }) => enumWord(OperationState, state) },
    { title: "created", of: ({ createdAt }) => ago(createdAt, clock) },
    { title: "took", of: tookText },
    { title: "failure", of: ({ failure }) => failure?.code ?? "" },
  ],
  details: () => [
    { title: "message", of: ({ failure }) => failure?.message ?? "" },
    { title: "connection", of: ({ connectionId }) => connectionId },
    { title: "runner", of: ({ runnerId }) => runnerId },
    { title: "asked by", of: ({ serviceAccountId }) => serviceAccountId },
    { title: "created at", of: ({ createdAt }) => moment(createdAt) },
    { title: "started at", of: ({ startedAt }) => moment(startedAt) },
    { title: "ended at", of: ({ endedAt }) => moment(endedAt) },
    { title: "deadline at", of: ({ deadlineAt }) => moment(deadlineAt) },
    { title: "input sha256", of: ({ inputSha256 }) => inputSha256 },
    { title: "came back", of: ({ outputBytes }) => `${outputBytes} bytes` },
  ],
};

function tookText({ createdAt, endedAt }: Operation): string {
  return createdAt === undefined || endedAt === undefined
    ? ""
    : formatDuration(timestampMs(endedAt) - timestampMs(createdAt));
}

/** `holdfast operation get`. */
export async function getOperation(call: CommandCall): Promise<undefined> {
  const [operationId = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, operationId };
    const answer = await session.call(method.getOperation, request);
    return await printOne(call, operationView, answer.operation);
  });
}

/** `holdfast operation list`. */
export async function listOperations(call: CommandCall): Promise<undefined> {
  const { options } = call;
  const word = options.text("state");
  const state =
    word === undefined ? OperationState.UNSPECIFIED : enumValue(OperationState, word, "--state");
  const filter = { kind: options.text("kind") ?? "", runner: options.text("runner") ?? "", state };
  return await withSession(call, async (session) => {
    const { organization } = session;
    const items = await readPages(async (page) => {
      const answer = await session.call(method.listOperations, { organization, page, ...filter });
      return { items: answer.operations, page: answer.page };
    }, options.count("limit") ?? limitByDefault);
    return await printMany(call, operationView, items);
  });
}

/** `holdfast operation cancel`. */
export async function cancelOperation(call: CommandCall): Promise<undefined> {
  const [operationId = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const request = { organization: session.organization, operationId };
    const answer = await session.call(method.cancelOperation, request);
    return await printOne(call, operationView, answer.operation);
  });
}

/** `holdfast operation delete`. */
export async function deleteOperation(call: CommandCall): Promise<undefined> {
  const [operationId = ""] = call.arguments;
  await confirm(call, `Delete the record of the operation ${operationId} for good?`);
  return await withSession(call, async (session) => {
    await session.call(method.deleteOperation, { organization: session.organization, operationId });
    return await printDone(call, `deleted operation ${operationId}`, { deleted: operationId });
  });
}
