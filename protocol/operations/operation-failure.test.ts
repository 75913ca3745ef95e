import { create } from "@bufbuild/protobuf";
import { type FailureCode, failureCatalog } from "@holdfast/foundation/failure-catalog.ts";
import { expect, test } from "vitest";
import { OperationFailureSchema } from "../generated/holdfast/v1/operation_pb.ts";
import {
  describeFailure,
  failureFromMessage,
  failureToMessage,
  isRetriable,
} from "./operation-failure.ts";

const codes = Object.keys(failureCatalog) as FailureCode[];

test("every failure of an operation arrives as it was described", () => {
  for (const code of codes) {
    const failure = describeFailure(code, "A sentence.");
    const message = create(OperationFailureSchema, failureToMessage(failure));
    expect(failureFromMessage(message)).toEqual(failure);
    expect(failure.mender).toBe(failureCatalog[code].mender);
  }
});

test("what is unavailable or throttled may succeed later; what is wrong or too large may not", () => {
  expect(isRetriable("runner.lost")).toBe(true);
  expect(isRetriable("cloud.throttled")).toBe(true);
  expect(isRetriable("pulumi.stack_locked")).toBe(true);
  expect(isRetriable("operation.output_too_large")).toBe(false);
  expect(isRetriable("pulumi.changes_found")).toBe(false);
  expect(isRetriable("cloud.permission_denied")).toBe(false);
});

test("a code of a newer runner is kept in the sentence", () => {
  const message = create(OperationFailureSchema, { code: "new.code", message: "It is new." });
  expect(failureFromMessage(message)).toEqual(
    describeFailure("operation.not_performed", "new.code: It is new."),
  );
  expect(failureFromMessage(undefined).code).toBe("operation.not_performed");
});
