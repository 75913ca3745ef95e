#!/usr/bin/env node
import { tmpdir } from "node:os";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { tuneGarbageCollection } from "@holdfast/foundation/system/tune-garbage-collection.ts";
import { watchParent } from "@holdfast/foundation/system/watch-parent.ts";
import { runCommand } from "./command.ts";

tuneGarbageCollection();
// The debugger would open a port on SIGUSR1, and a runner listens on nothing.
process.on("SIGUSR1", () => undefined);
// Whatever the runner writes is its own.
process.umask(0o077);

const stop = new AbortController();
const force = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => (stop.signal.aborted ? force : stop).abort());
}

const environment = { ...process.env };
if (environment["HOLDFAST_PARENT_WATCH"] === "on") {
  watchParent(process.stdin, () => stop.abort());
}
// No child gets it, and no report of the process shows it.
delete process.env["HOLDFAST_CREDENTIALS"];

process.exitCode = await runCommand(process.argv.slice(2), {
  environment,
  machine: { temporaryFolder: tmpdir(), userId: process.getuid?.() ?? 0 },
  clock: new SystemClock(),
  stop: stop.signal,
  force: force.signal,
  print: (line) => process.stdout.write(line),
  printError: (line) => process.stderr.write(line),
});
// Nothing may keep an ended runner alive, such as a child that does not stop.
process.exit();
