import { type ChildProcessByStdio, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import {
  type AutomationEvent,
  type AutomationRequest,
  automationEventSchema,
} from "@holdfast/stacks/automation/contract.ts";

/** What came of one run of the process. */
export interface AutomationRun {
  readonly events: readonly AutomationEvent[];
  /** Null if it was killed. */
  readonly exitCode: number | null;
}

type Child = ChildProcessByStdio<Writable, Readable, null>;

/**
 * Runs stacks/automation/main.ts as `holdfast dev` does.
 *
 * @param look sees each event; when it answers true, the process and all that it started are killed.
 */
export async function runAutomation(
  request: AutomationRequest,
  look: (event: AutomationEvent, child: Child) => boolean = () => false,
): Promise<AutomationRun> {
  const program = fileURLToPath(import.meta.resolve("@holdfast/stacks/automation/main.ts"));
  const child = spawn(process.execPath, [program], {
    stdio: ["pipe", "pipe", "inherit"],
    // A group of its own, so that the engine and its plugins can be killed with it.
    detached: true,
  });
  const events: AutomationEvent[] = [];
  const lines = createInterface({ input: child.stdout });
  lines.on("line", (line) => {
    const event = automationEventSchema.parse(JSON.parse(line));
    events.push(event);
    if (look(event, child) && child.pid !== undefined) {
      process.kill(-child.pid, "SIGKILL");
    }
  });
  child.stdin.on("error", () => undefined);
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const exitCode = await new Promise<number | null>((resolve) => {
    child.once("close", (code) => resolve(code));
  });
  return { events, exitCode };
}
