import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { CommandCall } from "../command.ts";

/** Program of the runner. The command line never imports it: it becomes it. */
const programUrl = import.meta.resolve("@holdfast/runner/main.ts");

/** `holdfast runner start`: this process becomes the runner. */
export async function startRunner(call: CommandCall): Promise<never> {
  return call.world.become([fileURLToPath(programUrl), "start"], runnerSettings(call));
}

/** `holdfast runner health`: this process becomes the one that asks. */
export async function askRunnerHealth(call: CommandCall): Promise<never> {
  const json = call.options.flag("json") ? ["--json"] : [];
  return call.world.become([fileURLToPath(programUrl), "health", ...json], runnerSettings(call));
}

/** Settings of the runner: those of the environment, with the options on top. */
export function runnerSettings({ options, world }: CommandCall): Readonly<Record<string, string>> {
  const path = (name: string): string | undefined => {
    const given = options.text(name);
    return given === undefined ? undefined : resolve(world.folder, given);
  };
  const drainMs = options.durationMs("drain");
  const given = {
    HOLDFAST_CREDENTIALS_FILE: path("credentials-file"),
    HOLDFAST_POLICY_FILE: path("policy-file"),
    HOLDFAST_STATE_DIR: path("state-dir"),
    HOLDFAST_LOG_LEVEL: options.text("log-level"),
    HOLDFAST_DRAIN_SECONDS: drainMs === undefined ? undefined : String(Math.ceil(drainMs / 1_000)),
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}
