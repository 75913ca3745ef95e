import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  type FailureCode,
  failureCatalog,
  isFailureCode,
  type Mender,
} from "@holdfast/foundation/failure-catalog.ts";
import {
  Mender as MenderMessage,
  type OperationFailure as OperationFailureMessage,
  OperationFailureSchema,
} from "../generated/holdfast/v1/operation_pb.ts";

/** Why an operation did not succeed, and who can mend it. Mender and retry follow from the code. */
export interface DescribedFailure {
  readonly code: FailureCode;
  /** A whole sentence for people, without secrets. */
  readonly message: string;
  readonly mender: Mender;
  readonly isRetriable: boolean;
}

/** What does not follow from the kind of a failure. */
const retriableExceptions: Readonly<Partial<Record<FailureCode, boolean>>> = {
  // Exhausted, but the same request would be too large again.
  "request.too_large": false,
  "operation.output_too_large": false,
  // Conflicts that pass by themselves.
  "pulumi.stack_locked": true,
};

/** Whether the same request may succeed later, without anybody changing it. */
export function isRetriable(code: FailureCode): boolean {
  const { kind } = failureCatalog[code];
  return retriableExceptions[code] ?? (kind === "unavailable" || kind === "exhausted");
}

/** Describes a failure by its code; everything but the sentence is in the catalog. */
export function describeFailure(code: FailureCode, message: string): DescribedFailure {
  return { code, message, mender: failureCatalog[code].mender, isRetriable: isRetriable(code) };
}

const messageOfMender: Readonly<Record<Mender, MenderMessage>> = {
  caller: MenderMessage.CALLER,
  customer: MenderMessage.CUSTOMER,
  runner: MenderMessage.RUNNER,
  "control-plane": MenderMessage.CONTROL_PLANE,
};

/** The form that crosses the wire. */
export function failureToMessage(
  failure: DescribedFailure,
): MessageInitShape<typeof OperationFailureSchema> {
  return create(OperationFailureSchema, {
    code: failure.code,
    message: failure.message,
    mender: messageOfMender[failure.mender],
    retriable: failure.isRetriable,
  });
}

/**
 * Reads what came over the wire. A code that this version does not know becomes
 * `operation.not_performed` and keeps its name in the sentence; mender and retry are ours to say.
 */
export function failureFromMessage(message: OperationFailureMessage | undefined): DescribedFailure {
  if (message === undefined) {
    return describeFailure("operation.not_performed", "The runner did not say why.");
  }
  return isFailureCode(message.code)
    ? describeFailure(message.code, message.message)
    : describeFailure("operation.not_performed", `${message.code}: ${message.message}`);
}
