import { constants, homedir } from "node:os";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
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
});
