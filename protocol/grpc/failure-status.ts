import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type FailureKind,
  failureCatalog,
  isFailureCode,
} from "@holdfast/foundation/failure-catalog.ts";
import { FailureDetailSchema } from "../generated/holdfast/v1/failure_pb.ts";

/** The one place where our vocabulary becomes gRPC's (google.rpc.Code). */
const statusOf: Readonly<Record<FailureKind, status>> = {
  invalid: status.INVALID_ARGUMENT,
  unauthenticated: status.UNAUTHENTICATED,
  denied: status.PERMISSION_DENIED,
  missing: status.NOT_FOUND,
  conflict: status.FAILED_PRECONDITION,
  exhausted: status.RESOURCE_EXHAUSTED,
  canceled: status.CANCELLED,
  expired: status.DEADLINE_EXCEEDED,
  unavailable: status.UNAVAILABLE,
  internal: status.INTERNAL,
};

const trailer = "holdfast-failure-bin";

/** What grpc-js sends for a failure: status, message and a {@link FailureDetailSchema} as trailer. */
export interface FailureStatus {
  readonly code: status;
  readonly details: string;
  readonly metadata: Metadata;
}

/** Turns a failure into what crosses the wire. Its cause stays behind. */
export function toStatus(failure: Failure, correlationId: string): FailureStatus {
  const detail = create(FailureDetailSchema, {
    code: failure.code,
    message: failure.message,
    fields: failure.fields.map(({ field, problem }) => ({ field, problem })),
    retryAfterMs: failure.retryAfterMs ?? 0,
    correlationId,
  });
  const metadata = new Metadata();
  metadata.set(trailer, Buffer.from(toBinary(FailureDetailSchema, detail)));
  return {
    code: statusOf[failureCatalog[failure.code].kind],
    details: `${failure.code}: ${failure.message}`,
    metadata,
  };
}

/** Turns what a call ended with into a failure, on the caller's side. */
export function fromServiceError(error: ServiceError): Failure {
  const [bytes] = error.metadata.get(trailer);
  if (bytes instanceof Buffer) {
    const detail = fromBinary(FailureDetailSchema, bytes);
    if (isFailureCode(detail.code)) {
      return new Failure(detail.code, detail.message, {
        cause: error,
        fields: detail.fields.map(({ field, problem }) => ({ field, problem })),
        ...(detail.retryAfterMs > 0 ? { retryAfterMs: detail.retryAfterMs } : {}),
      });
    }
  }
  return fromBareStatus(error);
}

/** For errors that grpc-js or a proxy made, which carry no detail of ours. */
function fromBareStatus(error: ServiceError): Failure {
  switch (error.code) {
    case status.CANCELLED:
      return new Failure("request.canceled", "The call was canceled.", { cause: error });
    case status.DEADLINE_EXCEEDED:
      return new Failure("request.deadline", "The call took too long.", { cause: error });
    case status.RESOURCE_EXHAUSTED:
      return new Failure("request.too_large", "The message is too large.", { cause: error });
    case status.UNAVAILABLE:
      return new Failure("control_plane.unavailable", "The control plane cannot be reached.", {
        cause: error,
      });
    default:
      return new Failure(
        "control_plane.internal",
        "The control plane did not answer as expected.",
        {
          cause: error,
        },
      );
  }
}
