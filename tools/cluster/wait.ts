import { setTimeout as delay } from "node:timers/promises";
import { PartFailure } from "../parts/part-failure.ts";
import type { Daemon } from "./daemon.ts";

const pollMs = 50;
/** Cold disks and two busy cores together stay below this. */
const waitMsMax = 120_000;

/**
 * Waits until `isSo` answers true.
 *
 * @throws {PartFailure} as soon as one of the programs that it depends on has ended, or after two minutes.
 */
export async function waitUntil(
  what: string,
  programs: readonly Daemon[],
  isSo: () => Promise<boolean>,
): Promise<void> {
  const giveUpAtMs = performance.now() + waitMsMax;
  while (!(await isSo())) {
    for (const program of programs) {
      await program.requireRunning();
    }
    if (performance.now() > giveUpAtMs) {
      const failure = new PartFailure(`Waited for ${what} in vain.`, {
        advice: "look whether the machine is overloaded, and run this again.",
      });
      throw (await programs.at(-1)?.explain(failure.message)) ?? failure;
    }
    await delay(pollMs);
  }
}
