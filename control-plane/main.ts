#!/usr/bin/env node
import { Failure } from "@holdfast/foundation/failure.ts";
import { makePinoLog } from "@holdfast/foundation/system/pino-log.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { SystemRandom } from "@holdfast/foundation/system/system-random.ts";
import { tuneGarbageCollection } from "@holdfast/foundation/system/tune-garbage-collection.ts";
import { watchParent } from "@holdfast/foundation/system/watch-parent.ts";
import { startControlPlane } from "./server.ts";
import { readSettings } from "./settings.ts";

tuneGarbageCollection();
process.umask(0o077);

try {
  const settings = readSettings(process.env);
  const log = makePinoLog({
    level: settings.HOLDFAST_LOG_LEVEL,
    name: "control-plane",
    write: (line) => process.stderr.write(line),
  });
  const controlPlane = await startControlPlane(settings, {
    clock: new SystemClock(),
    random: new SystemRandom(),
    log,
  });
  const { promise: asked, resolve: stop } = Promise.withResolvers<void>();
  process.once("SIGTERM", () => stop());
  process.once("SIGINT", () => stop());
  if (settings.HOLDFAST_PARENT_WATCH === "on") {
    watchParent(process.stdin, stop);
  }
  const { tunnelPort, apiPort } = controlPlane;
  const ready = { ready: true, tunnelPort, apiPort, pid: process.pid };
  process.stdout.write(`${JSON.stringify(ready)}\n`);
  await asked;
  await controlPlane.stop(settings.HOLDFAST_DRAIN_SECONDS * 1_000);
  process.exit(0);
} catch (error) {
  if (!(error instanceof Failure)) {
    throw error;
  }
  const problems = error.fields.map(({ field, problem }) => `\n  ${field} ${problem}`).join("");
  process.stderr.write(`${error.code}: ${error.message}${problems}\n${error.rule.next}\n`);
  process.exit(error.rule.kind === "invalid" ? 2 : 1);
}
