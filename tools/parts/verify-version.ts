import { PartFailure } from "./part-failure.ts";
import { run } from "./run.ts";

/** A program that has not told its version after this time never will. */
const answerMs = 30_000;

/**
 * Asks a program for its version.
 *
 * @throws {PartFailure} if it does not answer, or with a text that does not have `version` as a word (a `v` before it
 * may stand).
 */
export async function verifyVersion(
  program: string,
  args: readonly string[],
  version: string,
): Promise<void> {
  const advice = "remove that file and run this again.";
  const printed = await run(program, args, { advice, timeoutMs: answerMs });
  if (!namesVersion(printed.stdout + printed.stderr, version)) {
    throw new PartFailure(`${program} is not of version ${version}: ${printed.stdout.trim()}`, {
      advice,
    });
  }
}

/** Whether a program's answer names exactly this version, and not `1.2.30` for `1.2.3`. */
export function namesVersion(answer: string, version: string): boolean {
  const escaped = version.replace(/[.+]/g, "\\$&");
  return new RegExp(`(^|[^0-9.])${escaped}($|[^0-9.+-]|\\.\\s|\\.$)`, "m").test(answer);
}
