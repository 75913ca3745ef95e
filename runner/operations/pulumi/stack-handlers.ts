import { AuthenticationMode } from "@holdfast/protocol/generated/holdfast/v1/connection_pb.ts";
import { PulumiOperations } from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import { type OperationHandler, streamOperation, unaryOperation } from "../operation.ts";
import { cancelStack } from "./cancel-stack.ts";
import { cancelInputProblems, stackInputProblems } from "./check-input.ts";
import type { PulumiParts } from "./pulumi-cli.ts";
import { runStackOperation, type StackCommand } from "./stack-operation.ts";

/** A backend is reached with what the connection refers to, and with the runner's own identity. */
const modes: readonly AuthenticationMode[] = [AuthenticationMode.RUNNER_DELEGATED];

/** `pulumi.preview`, `.up`, `.refresh`, `.destroy` and `.cancel`. */
export function pulumiHandlers(parts: PulumiParts): readonly OperationHandler[] {
  const { preview, up, refresh, destroy, cancel } = PulumiOperations.method;
  const onStack = (method: typeof up, command: StackCommand): OperationHandler =>
    streamOperation(method, {
      modes,
      check: stackInputProblems,
      execute: (input, context) => runStackOperation(command, input, context, parts),
    });
  return [
    onStack(preview, "preview"),
    onStack(up, "up"),
    onStack(refresh, "refresh"),
    onStack(destroy, "destroy"),
    unaryOperation(cancel, {
      modes,
      check: cancelInputProblems,
      execute: async (input, context) => await cancelStack(input, context, parts),
    }),
  ];
}
