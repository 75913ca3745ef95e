import type { MessageInitShape } from "@bufbuild/protobuf";
import {
  type OperationEventSchema,
  type OperationSchema,
  OperationState as OperationStateMessage,
  WhenDisconnected,
} from "@holdfast/protocol/generated/holdfast/v1/operation_pb.ts";
import { failureToMessage } from "@holdfast/protocol/operations/operation-failure.ts";
import type { WatchedEvent } from "../../operations/events/operation-event.ts";
import type { Operation, OperationState } from "../../operations/operation.ts";
import { momentOf, momentOrNone } from "../page-mapping.ts";

const messageOfState: Readonly<Record<OperationState, OperationStateMessage>> = {
  queued: OperationStateMessage.QUEUED,
  sent: OperationStateMessage.SENT,
  running: OperationStateMessage.RUNNING,
  succeeded: OperationStateMessage.SUCCEEDED,
  failed: OperationStateMessage.FAILED,
  canceled: OperationStateMessage.CANCELED,
  expired: OperationStateMessage.EXPIRED,
};

/** The state that a filter names; undefined if it names none that there is. */
export function stateOfMessage(message: OperationStateMessage): OperationState | undefined {
  const states = Object.keys(messageOfState) as readonly OperationState[];
  return states.find((state) => messageOfState[state] === message);
}

/** Whether to wait for a runner that is not connected; undefined for a value of a newer version. */
export function waitsOfMessage(message: WhenDisconnected): boolean | undefined {
  switch (message) {
    case WhenDisconnected.UNSPECIFIED:
    case WhenDisconnected.FAIL:
      return false;
    case WhenDisconnected.WAIT:
      return true;
    default:
      return undefined;
  }
}

/** An operation as the protocol has it. */
export function operationToMessage(operation: Operation): MessageInitShape<typeof OperationSchema> {
  const { failure, startedAtMs, endedAtMs } = operation;
  return {
    id: operation.id,
    organizationId: operation.organizationId,
    kind: operation.kind,
    connectionId: operation.connectionId ?? "",
    runnerId: operation.runnerId,
    serviceAccountId: operation.serviceAccountId,
    state: messageOfState[operation.state],
    createdAt: momentOf(operation.createdAtMs),
    deadlineAt: momentOf(operation.deadlineAtMs),
    inputSha256: operation.inputSha256,
    outputBytes: BigInt(operation.outputBytes),
    ...momentOrNone("startedAt", startedAtMs),
    ...momentOrNone("endedAt", endedAtMs),
    ...(failure === undefined ? {} : { failure: failureToMessage(failure) }),
  };
}

/** An event as the protocol has it. */
export function eventToMessage({
  offset,
  event,
}: WatchedEvent): MessageInitShape<typeof OperationEventSchema> {
  switch (event.kind) {
    case "state":
      return {
        offset: BigInt(offset),
        event: { case: "operation", value: operationToMessage(event.operation) },
      };
    case "item":
      return { offset: BigInt(offset), event: { case: "item", value: event.bytes } };
    case "output":
      return { offset: BigInt(offset), event: { case: "output", value: event.bytes } };
    case "gap":
      return {
        offset: BigInt(offset),
        event: { case: "gap", value: { missed: BigInt(event.missed) } },
      };
  }
}
