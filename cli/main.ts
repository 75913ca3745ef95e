import { constants, homedir } from "node:os";
import { assert } from "@holdfast/foundation/failure.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { settingsForOthers } from "./environment.ts";
import { exitCodeOfInterrupt } from "./exit-codes.ts";
import { InterruptCounter } from "./interrupts.ts";
import { SystemTerminal } from "./output/system-terminal.ts";
import { runProgram } from "./program.ts";

const clock = new SystemClock();
const interrupts = new InterruptCounter(() => process.exit(exitCodeOfInterrupt));
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => interrupts.interrupt(clock.monotonicMs()));
}

// Whoever read our output has left: `holdfast runner list | head -1`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 128 + constants.signals.SIGPIPE : 1);
});

process.exitCode = await runProgram(process.argv.slice(2), {
  clock,
  random: new SystemRandom(),
  terminal: new SystemTerminal(process),
  interrupts,
  environment: process.env,
  folder: process.cwd(),
  homeFolder: homedir(),
  become: (program, settings) => {
    // Windows has none; there the programs are started by themselves.
    assert(process.execve !== undefined, "the system can replace a process");
    const environment = { ...settingsForOthers(process.env), ...settings };
    return process.execve(process.execPath, [process.execPath, ...program], environment);
  },
});
