import { failureCatalog } from "@holdfast/foundation/failure-catalog.ts";
import { exitCodeOfFailure, exitCodes } from "@holdfast/runner/exit-codes.ts";
import { page, table } from "./markdown.ts";

const meanings: Readonly<Record<keyof typeof exitCodes, string>> = {
  stopped: "It was asked to stop (SIGTERM or SIGINT), and has ended in order.",
  internal: "Something is wrong in the runner itself; its log has the details.",
  refused:
    "Refused for a reason that this version does not know, from a newer control plane, or that has no code of its own.",
  forced:
    "It was asked to stop; the time to drain was over, or a second signal came, and operations were cut.",
  offline:
    "There was no answer from the control plane for longer than `HOLDFAST_OFFLINE_EXIT_SECONDS` allows. To be started anew.",
};

/** docs/reference/runner-exit-codes.md: one exit code for each reason to end. */
export function runnerExitCodesPage(): string {
  const general = Object.entries(exitCodes).map(([name, code]) => [
    String(code),
    meanings[name as keyof typeof exitCodes],
    "",
  ]);
  const ofFailures = Object.entries(exitCodeOfFailure).map(([code, exitCode]) => [
    String(exitCode),
    `\`${code}\``,
    failureCatalog[code as keyof typeof failureCatalog].next,
  ]);
  const rows = [...general, ...ofFailures].sort(([one], [other]) => Number(one) - Number(other));
  return page(
    "Exit codes of the runner",
    "A permanent refusal ends the runner with the code of its reason; it is never tried again. A failure that may pass, such as a control plane that cannot be reached, never ends it, unless `HOLDFAST_OFFLINE_EXIT_SECONDS` says after how long it does.",
    "The first line of the log with level `error` has the same reason in its field `code`, says in `reason` what happened, and in `phase` where: `preparation` (on the runner's own side, before anything is sent), `tunnel` (phase 1, mutual TLS) or `control-plane` (phase 2, the API key).",
    table(["exit code", "reason", "what to do"], rows),
  );
}
