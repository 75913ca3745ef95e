/** What a load has done. */
export interface LoadResult {
  readonly operations: number;
}

/** Repeats `once` with a number of them under way at a time, for as long as it takes. */
export async function closedLoop(
  { durationMs, concurrency }: { readonly durationMs: number; readonly concurrency: number },
  once: (count: number) => Promise<unknown>,
): Promise<LoadResult> {
  const untilMs = performance.now() + durationMs;
  let operations = 0;
  const worker = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      operations += 1;
      await once(operations);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return { operations };
}

/**
 * Begins `once` at a fixed rate, however long each takes, and gives how long each took, in milliseconds:
 * from when it was due, so that a stall counts for everyone who had to wait.
 */
export async function openLoop(
  { durationMs, perSecond }: { readonly durationMs: number; readonly perSecond: number },
  once: () => Promise<unknown>,
): Promise<readonly number[]> {
  const tookMs: number[] = [];
  const under: Promise<void>[] = [];
  const startMs = performance.now();
  const total = Math.floor((durationMs / 1_000) * perSecond);
  for (let count = 0; count < total; ) {
    const dueMs = startMs + (count * 1_000) / perSecond;
    if (performance.now() < dueMs) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      continue;
    }
    count += 1;
    under.push(
      once().then(() => {
        tookMs.push(performance.now() - dueMs);
      }),
    );
  }
  await Promise.all(under);
  return tookMs;
}
