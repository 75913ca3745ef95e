import { createInterface } from "node:readline";
import { Failure } from "@holdfast/foundation/failure.ts";
import { scrub } from "@holdfast/foundation/scrub.ts";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { type AutomationEvent, automationRequestSchema } from "./contract.ts";
import { updateStack } from "./update-stack.ts";

// The process that updates a stack for `holdfast dev`; contract.ts says what goes in and out.

process.umask(0o077);

const controller = new AbortController();
const cancel = (): void => controller.abort(new Error("the caller is gone"));
const emit = (event: AutomationEvent): void => {
  process.stdout.write(`${JSON.stringify(event)}\n`);
};

/** The request is one line; the end of the pipe, whenever it comes, means that the caller is gone. */
async function readRequest(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  const { promise, resolve } = Promise.withResolvers<string>();
  lines.once("line", resolve);
  lines.once("close", () => {
    resolve("");
    cancel();
  });
  return await promise;
}

function describe(error: unknown): string {
  if (!(error instanceof Failure)) {
    return `The update is broken; please report it: ${error instanceof Error ? error.stack : "?"}`;
  }
  const problems = error.fields.map(({ field, problem }) => `\n  ${field} ${problem}`).join("");
  return `${error.code}: ${error.message}${problems}\n${error.rule.next}`;
}

process.once("SIGTERM", cancel);
process.once("SIGINT", cancel);
try {
  const request = automationRequestSchema.parse(JSON.parse(await readRequest()));
  await updateStack(request, { clock: new SystemClock(), signal: controller.signal, emit });
} catch (error) {
  emit({ event: "failed", message: scrub(describe(error)) });
  process.exitCode = 1;
}
// The pipe to the caller would keep the process alive.
process.stdin.destroy();
