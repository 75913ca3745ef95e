import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Operation, OperationState } from "./operation.ts";
import {
  advanceOperation,
  canTransition,
  isEnded,
  operationTransitions,
} from "./operation-states.ts";

const states = Object.keys(operationTransitions) as OperationState[];

const queued: Operation = {
  id: "op_1",
  organizationId: "org_1",
  kind: "runner.describe",
  connectionId: undefined,
  runnerId: "run_1",
  serviceAccountId: "sa_1",
  state: "queued",
  createdAtMs: 1,
  startedAtMs: undefined,
  endedAtMs: undefined,
  deadlineAtMs: 60_001,
  failure: undefined,
  inputSha256: "00",
  outputBytes: 0,
  idempotencyKey: undefined,
};

function go(operation: Operation, to: OperationState, atMs: number): Operation {
  const isFailure = to === "failed" || to === "canceled" || to === "expired";
  const failure = describeFailure("operation.canceled", "It was.");
  return advanceOperation(operation, { to, atMs, ...(isFailure ? { failure } : {}) });
}

test("exactly the transitions of the design are allowed: all others are refused", () => {
  const allowed = states.flatMap((from) =>
    states.filter((to) => canTransition(from, to)).map((to) => `${from}>${to}`),
  );
  expect(allowed.sort()).toEqual(
    [
      "queued>sent",
      "sent>running",
      "running>succeeded",
      ...["queued", "sent", "running"].flatMap((from) =>
        ["failed", "canceled", "expired"].map((to) => `${from}>${to}`),
      ),
    ].sort(),
  );
});

test("an operation ends exactly once, whatever is tried and in whatever order", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...states), { maxLength: 20 }), (tries) => {
      let operation = queued;
      let ends = 0;
      for (const [index, to] of tries.entries()) {
        const before = operation;
        if (canTransition(operation.state, to)) {
          operation = go(operation, to, index + 2);
          ends += isEnded(operation.state) ? 1 : 0;
        } else {
          expect(() => go(before, to, index + 2)).toThrow(`from ${before.state} to ${to}`);
        }
        expect(operation.endedAtMs !== undefined).toBe(isEnded(operation.state));
        expect(operation.failure !== undefined).toBe(
          isEnded(operation.state) && operation.state !== "succeeded",
        );
      }
      expect(ends).toBe(isEnded(operation.state) ? 1 : 0);
    }),
  );
});

test("an operation knows when it started and when it ended", () => {
  const running = go(go(queued, "sent", 2), "running", 3);
  expect([running.startedAtMs, running.endedAtMs]).toEqual([3, undefined]);
  const ended = advanceOperation(running, { to: "succeeded", atMs: 4, outputBytes: 5 });
  expect([ended.startedAtMs, ended.endedAtMs, ended.outputBytes]).toEqual([3, 4, 5]);
});

test("a failure belongs to an end without success, and to nothing else", () => {
  const failure = describeFailure("runner.lost", "It is lost.");
  expect(() => advanceOperation(queued, { to: "failed", atMs: 2 })).toThrow("has a failure");
  expect(() => advanceOperation(queued, { to: "sent", atMs: 2, failure })).toThrow("has a failure");
});
