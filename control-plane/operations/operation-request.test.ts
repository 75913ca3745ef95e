import { Failure } from "@holdfast/foundation/failure.ts";
import { expect, test } from "vitest";
import { operationLimits } from "./operation-limits.ts";
import { type CheckedRequest, checkRequest, type OperationRequest } from "./operation-request.ts";

const request: OperationRequest = {
  kind: "runner.describe",
  connection: "",
  runner: "prod",
  input: new Uint8Array(),
  deadlineMs: 0,
  waits: false,
  idempotencyKey: "",
  outputBytesMax: 0,
};

function check(differences: Partial<OperationRequest>): CheckedRequest {
  return checkRequest({ ...request, ...differences }, operationLimits);
}

function refusal(differences: Partial<OperationRequest>): Failure {
  try {
    check(differences);
  } catch (error) {
    if (error instanceof Failure) {
      return error;
    }
  }
  throw new Error("it was accepted");
}

test("a request that names neither deadline nor output limit gets the defaults: 60 s and 64 MiB", () => {
  expect(check({})).toMatchObject({ deadlineMs: 60_000, outputBytesMax: 64 * 1024 * 1024 });
});

test.each<[string, Partial<OperationRequest>, Partial<OperationRequest>]>([
  ["deadline_ms", { deadlineMs: 1 }, { deadlineMs: -1 }],
  ["deadline_ms", { deadlineMs: 86_400_000 }, { deadlineMs: 86_400_001 }],
  ["output_bytes_max", { outputBytesMax: 2 ** 30 }, { outputBytesMax: 2 ** 30 + 1 }],
  ["idempotency_key", { idempotencyKey: "a".repeat(128) }, { idempotencyKey: "a".repeat(129) }],
  ["idempotency_key", { idempotencyKey: " ~" }, { idempotencyKey: "a\n" }],
  ["when_disconnected", { waits: true }, { waits: undefined }],
  ["runner", { runner: "prod" }, { runner: "" }],
  ["connection", { connection: "" }, { connection: "cluster" }],
])("both sides of the bound on %s: %j is accepted, %j is not", (field, good, bad) => {
  expect(() => check(good)).not.toThrow();
  const failure = refusal(bad);
  expect([failure.code, failure.fields.map((each) => each.field)]).toEqual([
    "request.invalid",
    [field],
  ]);
});

test("both sides of the bound on the input: 16 MiB of source and what surrounds it", () => {
  const input = new Uint8Array(operationLimits.inputBytesMax);
  expect(input.length).toBeGreaterThan(16 * 1024 * 1024);
  expect(() => check({ input })).not.toThrow();
  expect(refusal({ input: new Uint8Array(input.length + 1) }).code).toBe("request.too_large");
});

test("a kind that is not in the catalog is refused: nothing else can be asked of a runner", () => {
  expect(refusal({ kind: "shell.run" }).code).toBe("operation.unknown_kind");
  expect(refusal({ kind: "" }).code).toBe("operation.unknown_kind");
});

test("a kind of a provider needs a connection, and takes no runner beside it", () => {
  const kind = "kubernetes.pods.list";
  expect(() => check({ kind, runner: "", connection: "cluster" })).not.toThrow();
  expect(refusal({ kind, runner: "prod" }).fields.map(({ field }) => field)).toEqual([
    "connection",
    "runner",
  ]);
});

test("all problems are named at once, and no value is repeated", () => {
  const failure = refusal({
    kind: "canary",
    deadlineMs: 2 ** 32,
    waits: undefined,
    idempotencyKey: "canary\n",
    outputBytesMax: 2 ** 40,
  });
  expect(failure.code).toBe("request.invalid");
  expect(failure.fields.map(({ field }) => field)).toEqual([
    "kind",
    "deadline_ms",
    "output_bytes_max",
    "when_disconnected",
    "idempotency_key",
  ]);
  expect(JSON.stringify(failure.fields)).not.toContain("canary");
});
