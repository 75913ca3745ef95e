import type { FailureKind } from "@holdfast/foundation/failure-catalog.ts";

/** Exit code of the command line for each kind of failure: stable, printed in docs/cli.md. */
export const exitCodeOfKind: Readonly<Record<FailureKind, number>> = {
  internal: 1,
  invalid: 2,
  unauthenticated: 3,
  denied: 4,
  missing: 5,
  conflict: 6,
  exhausted: 7,
  canceled: 8,
  expired: 9,
  unavailable: 10,
};

/** Everything went well. */
export const exitCodeOfSuccess = 0;

/** A second Ctrl-C ended the command at once (128 and the number of SIGINT). */
export const exitCodeOfInterrupt = 130;
