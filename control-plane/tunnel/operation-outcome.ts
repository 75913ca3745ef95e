import type { Result } from "@holdfast/protocol/generated/holdfast/v1/tunnel_pb.ts";
import {
  describeFailure,
  failureFromMessage,
} from "@holdfast/protocol/operations/operation-failure.ts";
import type { TunnelOperationOutcome } from "./tunnels.ts";

/** How an operation ended, from the frame that says so. */
export function outcomeOf({ outcome }: Result): TunnelOperationOutcome {
  switch (outcome.case) {
    case "succeeded":
      return { kind: "succeeded" };
    case "failed":
    case "canceled":
      return { kind: outcome.case, failure: failureFromMessage(outcome.value) };
    case undefined:
      return {
        kind: "failed",
        failure: describeFailure(
          "protocol.violated",
          "The runner ended the operation without saying how.",
        ),
      };
  }
}
