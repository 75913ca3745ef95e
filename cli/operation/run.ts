import { Failure } from "@holdfast/foundation/failure.ts";
import { randomDigits } from "@holdfast/foundation/identifier.ts";
import {
  OperationService,
  WhenDisconnected,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { type CatalogEntry, needsConnection } from "@holdfast/protocol/operations/catalog.ts";
import { type Session, withSession } from "../api/session.ts";
import type { CommandCall } from "../command.ts";
import { entryOf } from "./entry-of.ts";
import { type FollowOptions, follow } from "./follow.ts";
import { OperationPrinter } from "./operation-printer.ts";
import { readInput } from "./read-input.ts";

const { method } = OperationService;

/** `holdfast operation run`: 0 only if the operation succeeded. */
export async function runOperation(call: CommandCall): Promise<undefined> {
  const { options, world } = call;
  const entry = entryOf(call.arguments[0] ?? "");
  const target = readTarget(call, entry);
  const input = await readInput(call, entry);
  const isWaiting = options.text("when-disconnected") === "wait";
  const idempotencyKey = options.text("idempotency-key") ?? `cli-${randomDigits(22, world.random)}`;
  return await withSession(call, async (session) => {
    const { organization } = session;
    const request = {
      organization,
      kind: entry.kind,
      ...target,
      input,
      deadlineMs: options.durationMs("deadline") ?? 0,
      whenDisconnected: isWaiting ? WhenDisconnected.WAIT : WhenDisconnected.FAIL,
      idempotencyKey,
      outputBytesMax: BigInt(options.count("output-limit") ?? 0),
    };
    return await show(call, session, entry, {
      open: (signal) => session.stream(method.runOperation, request, signal),
      firstOffset: 0n,
      cancelsOnInterrupt: true,
    });
  });
}

/** `holdfast operation watch`. */
export async function watchOperation(call: CommandCall): Promise<undefined> {
  const [operationId = ""] = call.arguments;
  return await withSession(call, async (session) => {
    const { organization } = session;
    const { operation } = await session.call(method.getOperation, { organization, operationId });
    const firstOffset = BigInt(call.options.count("offset") ?? 0);
    const request = { organization, operationId, offset: firstOffset };
    return await show(call, session, entryOf(operation?.kind ?? ""), {
      open: (signal) => session.stream(method.watchOperation, request, signal),
      firstOffset,
      cancelsOnInterrupt: false,
    });
  });
}

async function show(
  call: CommandCall,
  session: Session,
  entry: CatalogEntry,
  options: FollowOptions,
): Promise<undefined> {
  const printer = new OperationPrinter(call, entry);
  const isDetached = call.options.flag("detach");
  const ended = await printer.whileShowing(
    async () => await follow(call.world, session, { ...options, isDetached }, printer),
  );
  await printer.finish(ended);
  return undefined;
}

/** A connection for the kinds that need one, and a runner for those that do not. */
function readTarget(
  { options }: CommandCall,
  entry: CatalogEntry,
): { readonly connection: string } | { readonly runner: string } {
  const connection = options.text("connection");
  const runner = options.text("runner");
  if (needsConnection(entry)) {
    if (connection === undefined || runner !== undefined) {
      throw new Failure(
        "cli.usage",
        `The kind ${entry.kind} runs through a connection: name it with --connection, and no runner.`,
      );
    }
    return { connection };
  }
  if (runner === undefined || connection !== undefined) {
    throw new Failure(
      "cli.usage",
      `The kind ${entry.kind} needs no connection: name a runner with --runner.`,
    );
  }
  return { runner };
}
