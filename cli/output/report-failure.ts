import { Failure } from "@holdfast/foundation/failure.ts";
import { scrub } from "@holdfast/foundation/scrub.ts";
import { exitCodeOfInterrupt, exitCodeOfKind } from "../exit-codes.ts";
import { printable } from "./table.ts";

/** What is said about something that was thrown, and the exit code. */
export interface FailureReport {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/**
 * Says what happened, why, and what to do next.
 *
 * @param asJson one JSON object instead of lines for eyes.
 * @param command how the command was called, such as `runner create`; for the hint to its help.
 */
export function reportFailure(error: unknown, asJson: boolean, command: string): FailureReport {
  if (isInterrupt(error)) {
    return { lines: ["interrupted"], exitCode: exitCodeOfInterrupt };
  }
  if (!(error instanceof Failure)) {
    return reportDefect(error, asJson);
  }
  const lines = asJson ? [JSON.stringify(toJson(error))] : toLines(error, command);
  return { lines: lines.map((line) => scrub(line)), exitCode: exitCodeOfKind[error.rule.kind] };
}

function toLines(failure: Failure, command: string): readonly string[] {
  const why = reasonOf(failure);
  const next =
    failure.code === "cli.usage"
      ? `See \`${["holdfast", command, "--help"].filter((word) => word !== "").join(" ")}\`.`
      : failure.rule.next;
  return [
    `error: ${printable(failure.message)}`,
    ...failure.fields.map(({ field, problem }) => `  - ${printable(field)}: ${printable(problem)}`),
    ...(why === undefined ? [] : [`  why:  ${printable(why)}`]),
    `  next: ${next}`,
    ...(failure.retryAfterMs === undefined
      ? []
      : [`  wait: ${Math.ceil(failure.retryAfterMs / 1_000)} s`]),
    `  code: ${failure.code}`,
  ];
}

function toJson(failure: Failure): object {
  const { kind, mender, next } = failure.rule;
  return {
    error: {
      code: failure.code,
      kind,
      message: failure.message,
      fields: failure.fields,
      why: reasonOf(failure),
      mender,
      next,
      retryAfterMs: failure.retryAfterMs,
    },
  };
}

/** What the innermost cause says, where it says something new: `connect ECONNREFUSED 127.0.0.1:8444`. */
function reasonOf(failure: Failure): string | undefined {
  let cause: unknown = failure.cause;
  let reason: string | undefined;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
    // grpc-js puts its own words in front; `details` is what it heard.
    reason =
      "details" in cause && typeof cause.details === "string" ? cause.details : cause.message;
    cause = cause.cause;
  }
  return reason === undefined || reason === "" || reason.includes(failure.message)
    ? undefined
    : reason;
}

function reportDefect(error: unknown, asJson: boolean): FailureReport {
  const message = error instanceof Error ? error.message : String(error);
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  const lines = asJson
    ? [JSON.stringify({ error: { code: "cli.defect", kind: "internal", message } })]
    : [
        `error: Something is wrong in holdfast itself: ${message}`,
        ...stack.split("\n").slice(1, 8),
        "  next: Please report this with the lines above.",
      ];
  return { lines: lines.map((line) => scrub(line)), exitCode: exitCodeOfKind.internal };
}

function isInterrupt(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
