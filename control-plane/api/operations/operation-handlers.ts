import { assert, Failure } from "@holdfast/foundation/failure.ts";
import {
  OperationService,
  OperationState as OperationStateMessage,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { actorOf } from "../../access/caller.ts";
import { type CancelOperationDeps, cancelOperation } from "../../operations/cancel-operation.ts";
import { deleteOperation } from "../../operations/delete-operation.ts";
import type { OperationState } from "../../operations/operation.ts";
import { readOperation } from "../../operations/read-operation.ts";
import {
  type OperationCallerContext,
  type RunOperationDeps,
  runOperation,
} from "../../operations/run-operation.ts";
import { watchOperation } from "../../operations/watch-operation.ts";
import { findRunner } from "../../runners/find-runner.ts";
import { type CallContext, type Handler, organizationOf, serverStream, unary } from "../handler.ts";
import { pageQueryOf, pageResponseOf } from "../page-mapping.ts";
import {
  eventToMessage,
  operationToMessage,
  stateOfMessage,
  waitsOfMessage,
} from "./operation-mapping.ts";

/** What the handlers of operations need. */
export type OperationHandlersDeps = RunOperationDeps & CancelOperationDeps;

/** Everything that callers can do with operations. */
export function operationHandlers(deps: OperationHandlersDeps): readonly Handler[] {
  return [...streamHandlers(deps), ...recordHandlers(deps)];
}

function streamHandlers(deps: OperationHandlersDeps): readonly Handler[] {
  const { method } = OperationService;
  return [
    serverStream(method.runOperation, async function* (request, context) {
      const caller = callerOf(context);
      const operationId = await runOperation(deps, caller, {
        kind: request.kind,
        connection: request.connection,
        runner: request.runner,
        input: request.input,
        deadlineMs: request.deadlineMs,
        waits: waitsOfMessage(request.whenDisconnected),
        idempotencyKey: request.idempotencyKey,
        outputBytesMax: Number(request.outputBytesMax),
      });
      const { signal } = context;
      for await (const event of watchOperation(deps, {
        ...caller,
        operationId,
        offset: 0,
        signal,
      })) {
        yield { event: eventToMessage(event) };
      }
    }),
    serverStream(method.watchOperation, async function* (request, context) {
      const { operationId } = request;
      const offset = Number(request.offset);
      const { signal } = context;
      const watch = { ...callerOf(context), operationId, offset, signal };
      for await (const event of watchOperation(deps, watch)) {
        yield { event: eventToMessage(event) };
      }
    }),
  ];
}

function recordHandlers(deps: OperationHandlersDeps): readonly Handler[] {
  const { method } = OperationService;
  return [
    unary(method.getOperation, async ({ operationId }, context) => ({
      operation: operationToMessage(
        await readOperation(deps, organizationOf(context).id, operationId),
      ),
    })),
    unary(method.listOperations, async (request, context) => {
      const organizationId = organizationOf(context).id;
      const page = await deps.storage.read.operations.list(organizationId, {
        ...pageQueryOf(request.page),
        kind: request.kind === "" ? undefined : request.kind,
        state: stateFilterOf(request.state),
        runnerId: await runnerFilterOf(deps, organizationId, request.runner),
      });
      return {
        operations: page.entries.map(operationToMessage),
        page: pageResponseOf(page),
      };
    }),
    unary(method.cancelOperation, async ({ operationId }, context) => ({
      operation: operationToMessage(await cancelOperation(deps, choiceOf(operationId, context))),
    })),
    unary(method.deleteOperation, async ({ operationId }, context) => {
      await deleteOperation(deps, choiceOf(operationId, context));
      return {};
    }),
  ];
}

function choiceOf(
  operationId: string,
  context: CallContext,
): Parameters<typeof cancelOperation>[1] {
  return {
    organizationId: organizationOf(context).id,
    operationId,
    actor: actorOf(context.caller),
  };
}

function callerOf(context: CallContext): OperationCallerContext {
  const { caller } = context;
  assert(caller.kind === "service-account", "the schema lets only service accounts call");
  const { serviceAccountId, serviceAccountName } = caller;
  return { organizationId: organizationOf(context).id, serviceAccountId, serviceAccountName };
}

function stateFilterOf(state: OperationStateMessage): OperationState | undefined {
  const wanted = stateOfMessage(state);
  if (wanted === undefined && state !== OperationStateMessage.UNSPECIFIED) {
    throw new Failure("request.invalid", "There is no such state of an operation.", {
      fields: [{ field: "state", problem: "is not a state of an operation" }],
    });
  }
  return wanted;
}

async function runnerFilterOf(
  deps: OperationHandlersDeps,
  organizationId: string,
  runner: string,
): Promise<string | undefined> {
  return runner === ""
    ? undefined
    : (await findRunner(deps.storage.read, organizationId, runner)).id;
}
