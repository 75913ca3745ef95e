import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { Failure } from "@holdfast/foundation/failure.ts";
import { type FailureCode, failureCatalog } from "@holdfast/foundation/failure-catalog.ts";
import { expect, test } from "vitest";
import { fromServiceError, toStatus } from "./failure-status.ts";

function cross(failure: Failure): Failure {
  const sent = toStatus(failure, "cor_1");
  return fromServiceError(Object.assign(new Error(sent.details), sent) as ServiceError);
}

test("every failure arrives with its code, message, fields and delay", () => {
  for (const code of Object.keys(failureCatalog) as FailureCode[]) {
    const failure = new Failure(code, "A sentence.", {
      fields: [{ field: "name", problem: "is too long" }],
      retryAfterMs: 1_500,
    });
    const arrived = cross(failure);
    expect(arrived).toMatchObject({
      code,
      message: "A sentence.",
      fields: failure.fields,
      retryAfterMs: 1_500,
    });
  }
});

test("the cause of a failure never crosses the wire", () => {
  const sent = toStatus(
    new Failure("control_plane.internal", "It failed.", { cause: new Error("canary") }),
    "cor_1",
  );
  expect(JSON.stringify([sent.details, sent.metadata.toJSON()])).not.toContain("canary");
});

test.each([
  [status.UNAVAILABLE, "control_plane.unavailable"],
  [status.DEADLINE_EXCEEDED, "request.deadline"],
  [status.CANCELLED, "request.canceled"],
  [status.RESOURCE_EXHAUSTED, "request.too_large"],
  [status.UNKNOWN, "control_plane.internal"],
])("a bare status %i of a proxy becomes %s", (code, expected) => {
  const error = Object.assign(new Error("x"), { code, details: "x", metadata: new Metadata() });
  expect(fromServiceError(error).code).toBe(expected);
});
