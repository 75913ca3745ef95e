import { formatDuration } from "../duration.ts";
import type { World } from "../world.ts";

/** Work shorter than this is not worth a word, in milliseconds. */
const silentMs = 2_000;
const stepMs = 1_000;

/**
 * Does `work`; shows on a terminal what is being done and for how long, once it takes two seconds.
 *
 * @param what asked for anew each second; nothing is shown while it is empty.
 */
export async function whileWorking<Result>(
  { clock, terminal }: World,
  what: () => string,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAtMs = clock.monotonicMs();
  const controller = new AbortController();
  const showing = show(async () => {
    await clock.wait(silentMs, controller.signal);
    while (!controller.signal.aborted) {
      const text = what();
      const elapsed = formatDuration(clock.monotonicMs() - startedAtMs);
      terminal.status(text === "" ? "" : `${text} ... ${elapsed}`);
      await clock.wait(stepMs, controller.signal);
    }
  });
  try {
    return await work();
  } finally {
    controller.abort();
    await showing;
    terminal.status("");
  }
}

/** Showing ends by being aborted, which is no failure. */
async function show(loop: () => Promise<void>): Promise<void> {
  await loop().catch(() => undefined);
}
