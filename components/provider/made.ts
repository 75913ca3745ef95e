import { Failure } from "@holdfast/foundation/failure.ts";

/**
 * What a control plane must have in its answer.
 *
 * @throws {Failure} `control_plane.internal` if it is not there.
 */
export function made<Value>(value: Value | undefined): Value {
  if (value === undefined) {
    throw new Failure(
      "control_plane.internal",
      "The control plane's answer lacks the object that was asked for.",
    );
  }
  return value;
}
