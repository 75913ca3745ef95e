import type { CommandCall } from "../command.ts";

const parentPollMs = 1_000;

/** Resolves at Ctrl-C, and with `--stop-with-parent` also when the process that started us is gone. */
export async function whenToStop({ options, world }: CommandCall): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const release = world.interrupts.take(resolve);
  const done = new AbortController();
  const watching = options.flag("stop-with-parent")
    ? watchParent(world.clock, done.signal, resolve)
    : Promise.resolve();
  await promise;
  release();
  done.abort();
  await watching;
}

async function watchParent(
  clock: CommandCall["world"]["clock"],
  signal: AbortSignal,
  onGone: () => void,
): Promise<void> {
  const parent = process.ppid;
  while (!signal.aborted && process.ppid === parent) {
    await clock.wait(parentPollMs, signal).catch(() => undefined);
  }
  onGone();
}
