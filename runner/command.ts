import type { Clock } from "@holdfast/foundation/clock.ts";
import { exitCodeFor } from "./exit-codes.ts";
import { type Environment, type Machine, stateFolderOf } from "./state/state-folder-path.ts";

/** What main.ts takes from the process. */
export interface CommandParts {
  readonly environment: Environment;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly force: AbortSignal;
  readonly print: (line: string) => void;
  readonly printError: (line: string) => void;
}

const usage = `Usage: holdfast-runner start | health [--json]

  start    runs the runner until SIGTERM; its settings are the variables HOLDFAST_*
  health   exits with 0 if the runner that has the same settings is well, else with 1
`;

/**
 * Runs one command and returns its exit code. Each loads what it needs only: health is asked again and
 * again, and costs little.
 */
export async function runCommand(
  [command, ...options]: readonly string[],
  parts: CommandParts,
): Promise<number> {
  const { environment, machine, clock, print } = parts;
  if (command === "start" && options.length === 0) {
    const { startRunner } = await import("./start.ts");
    return await startRunner(parts);
  }
  if (command === "health" && options.every((option) => option === "--json")) {
    const { answerHealth } = await import("./health/health-command.ts");
    const folder = stateFolderOf(environment, machine);
    const answer = await answerHealth(folder, clock.nowMs(), options.length > 0);
    print(`${answer.text}\n`);
    return answer.exitCode;
  }
  parts.printError(usage);
  return exitCodeFor("settings.invalid");
}
