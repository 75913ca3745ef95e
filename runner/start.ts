import { Failure } from "@holdfast/foundation/failure.ts";
import { makePinoLog } from "@holdfast/foundation/system/pino-log.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { runAgent } from "./agent.ts";
import { ChildSessions } from "./children/child-sessions.ts";
import type { CommandParts } from "./command.ts";
import { exitCodeFor, exitCodes } from "./exit-codes.ts";
import { type RunnerSettings, readSettings } from "./settings.ts";

/** Runs a runner until it is told to stop or refused for good. Returns its exit code. */
export async function startRunner(parts: CommandParts): Promise<number> {
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
