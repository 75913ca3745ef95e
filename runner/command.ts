import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { makePinoLog } from "@holdfast/foundation/system/pino-log.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { runAgent } from "./agent.ts";
import { ChildSessions } from "./children/child-sessions.ts";
import { exitCodeFor, exitCodes } from "./exit-codes.ts";
import { answerHealth } from "./health/health-command.ts";
import {
  type Environment,
  type Machine,
  type RunnerSettings,
  readSettings,
  stateFolderOf,
} from "./settings.ts";

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

/** Runs one command and returns its exit code. */
export async function runCommand(
  [command, ...options]: readonly string[],
  parts: CommandParts,
): Promise<number> {
  const { environment, machine, clock, print } = parts;
  if (command === "start" && options.length === 0) {
    return await start(parts);
  }
  if (command === "health" && options.every((option) => option === "--json")) {
    const folder = stateFolderOf(environment, machine);
    const answer = await answerHealth(folder, clock.nowMs(), options.length > 0);
    print(`${answer.text}\n`);
    return answer.exitCode;
  }
  parts.printError(usage);
  return exitCodeFor("settings.invalid");
}

async function start(parts: CommandParts): Promise<number> {
  const { environment, machine, clock, stop, force, print } = parts;
  const read = attempt(() => readSettings(environment, machine));
  const level = read instanceof Failure ? "info" : read.logLevel;
  const log = makePinoLog({ level, name: "holdfast-runner", write: print });
  if (read instanceof Failure) {
    log.error("runner not started", {
      phase: "preparation",
      code: read.code,
      reason: read.message,
      fields: read.fields.map(({ field, problem }) => `${field} ${problem}`),
    });
    return exitCodeFor(read.code);
  }
  try {
    const { userId } = machine;
    const random = new SystemRandom();
    return await runAgent({
      settings: read,
      userId,
      clock,
      random,
      log,
      sessions: new ChildSessions(),
      platform: `${process.platform}/${process.arch}`,
      runtimeVersion: process.versions.node,
      stop,
      force,
    });
  } catch (error) {
    log.error("runner failed inside", {}, error);
    return exitCodes.internal;
  }
}

function attempt(read: () => RunnerSettings): RunnerSettings | Failure {
  try {
    return read();
  } catch (error) {
    if (error instanceof Failure) {
      return error;
    }
    throw error;
  }
}
