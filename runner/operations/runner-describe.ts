import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { RunnerOperations } from "@holdfast/protocol/generated/holdfast/v1/operations_runner_pb.ts";
import { productVersion } from "@holdfast/protocol/version.ts";
import { type OperationHandler, unaryOperation } from "./operation.ts";

/** What a runner can say of itself at any moment. */
export interface RunnerFacts {
  readonly platform: string;
  readonly runtimeVersion: string;
  readonly policySha256: string;
  /** When it began to accept operations, in milliseconds since 1970. */
  startedAtMs(): number;
  operationKinds(): readonly string[];
  operationsRunning(): number;
  credentialsGeneration(): number;
}

/** `runner.describe`: what the runner is and what it can do. */
export function runnerDescribe(facts: RunnerFacts): OperationHandler {
  return unaryOperation(RunnerOperations.method.describe, {
    check: () => [],
    execute: async () =>
      await Promise.resolve({
        version: productVersion,
        platform: facts.platform,
        runtimeVersion: facts.runtimeVersion,
        startedAt: timestampFromMs(facts.startedAtMs()),
        operationKinds: [...facts.operationKinds()],
        policySha256: facts.policySha256,
        operationsRunning: facts.operationsRunning(),
        credentialsGeneration: facts.credentialsGeneration(),
      }),
  });
}
