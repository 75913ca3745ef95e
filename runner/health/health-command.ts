import { readHealthFile } from "./health-file.ts";
import { type HealthVerdict, judgeHealth } from "./health-report.ts";

/** What `holdfast-runner health` prints, and the code it ends with: 0 if the runner is well, else 1. */
export interface HealthAnswer {
  readonly text: string;
  readonly exitCode: 0 | 1;
}

/** Reads what the runner whose state is in `stateFolder` last found, and judges it at `nowMs`. */
export async function answerHealth(
  stateFolder: string,
  nowMs: number,
  asJson: boolean,
): Promise<HealthAnswer> {
  const report = await readHealthFile(stateFolder);
  const verdict: HealthVerdict =
    report === undefined
      ? {
          healthy: false,
          code: "not_running",
          message: `No runner has left a report in ${stateFolder}; set the same variables HOLDFAST_* as for its start.`,
          ageMs: undefined,
          roundTripMs: undefined,
        }
      : judgeHealth(report, nowMs);
  return {
    text: asJson ? JSON.stringify(toJson(verdict)) : toLine(verdict),
    exitCode: verdict.healthy ? 0 : 1,
  };
}

function toJson(verdict: HealthVerdict): object {
  const { healthy, code, message, ageMs, roundTripMs } = verdict;
  return { healthy, code, message, ageMs: ageMs ?? null, roundTripMs: roundTripMs ?? null };
}

function toLine({ healthy, code, message, ageMs }: HealthVerdict): string {
  const age = ageMs === undefined ? "never" : `${(ageMs / 1_000).toFixed(1)} s ago`;
  return `${healthy ? "healthy" : "unhealthy"} (${code}): ${message} Last answer: ${age}.`;
}
