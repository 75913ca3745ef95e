import { z } from "zod";

/** What a runner is about. */
export type HealthState = "connecting" | "connected" | "draining";

/** Shape of `health.json`. Field names are a contract with whoever reads the file. */
export const healthReportSchema = z.strictObject({
  version: z.literal(1),
  state: z.enum(["connecting", "connected", "draining"]),
  /** Why it is not connected, as a failure code; empty while it is. */
  code: z.string(),
  /** Whole sentence for people. */
  message: z.string(),
  /** Moment of the last answer through the tunnel, in milliseconds since 1970; 0 before the first. */
  lastRoundTripAtMs: z.number(),
  /** How long that round trip took, in milliseconds. */
  roundTripMs: z.number(),
  /** After how many milliseconds without an answer the runner is unhealthy. */
  staleAfterMs: z.number(),
  runnerId: z.string(),
  tunnelId: z.string(),
  pid: z.number(),
});

/** What the running runner last found. */
export type HealthReport = z.output<typeof healthReportSchema>;

/** Whether a runner is well, and why. */
export interface HealthVerdict {
  readonly healthy: boolean;
  /** `ok`, or a failure code, or `not_running`. */
  readonly code: string;
  readonly message: string;
  /** Time since the last answer through the tunnel, in milliseconds; undefined before the first. */
  readonly ageMs: number | undefined;
  readonly roundTripMs: number | undefined;
}

/**
 * Judges a report at the moment `nowMs`: healthy only if the last real round trip through the tunnel is
 * young enough. A runner that drains is healthy: it is ending in order.
 */
export function judgeHealth(report: HealthReport, nowMs: number): HealthVerdict {
  const hasAnswer = report.lastRoundTripAtMs > 0;
  // A clock that was set back makes an age negative: that is no reason to call a runner unwell.
  const ageMs = hasAnswer ? Math.max(0, nowMs - report.lastRoundTripAtMs) : undefined;
  const facts = { ageMs, roundTripMs: hasAnswer ? report.roundTripMs : undefined };
  if (report.state === "connecting") {
    return { healthy: false, code: report.code, message: report.message, ...facts };
  }
  if (ageMs === undefined || ageMs > report.staleAfterMs) {
    return {
      healthy: false,
      code: "tunnel.liveness_lost",
      message: "No answer has come through the tunnel for too long.",
      ...facts,
    };
  }
  return {
    healthy: true,
    code: "ok",
    message: report.state === "draining" ? "The runner is ending in order." : "The runner answers.",
    ...facts,
  };
}
