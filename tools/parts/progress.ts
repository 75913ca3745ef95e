/** Takes one line about something that takes long. */
export type Progress = (line: string) => void;

/** Work shorter than this is not worth a line. */
const silentMs = 2_000;

/** Progress for a person: each line goes to standard error, so that standard output stays for results. */
export const progressToStandardError: Progress = (line) => {
  process.stderr.write(`${line}\n`);
};

/**
 * Does `work`, and says so only if it takes more than two seconds: once when that time is over, and once at its
 * end with the time it took.
 */
export async function announceIfSlow<T>(
  progress: Progress,
  what: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  const timer = setTimeout(() => {
    progress(`${what} ...`);
  }, silentMs);
  try {
    const result = await work();
    const tookMs = performance.now() - startedAtMs;
    if (tookMs > silentMs) {
      progress(`${what}: done in ${(tookMs / 1_000).toFixed(1)} s`);
    }
    return result;
  } finally {
    clearTimeout(timer);
  }
}
