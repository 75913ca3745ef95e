import type { Readable } from "node:stream";

/**
 * Calls `gone` once, when the process that started this one is gone, however it ended: the pipe that it
 * keeps open as our standard input ends then. For processes that must not outlive the one that began them.
 */
export function watchParent(standardInput: Readable, gone: () => void): void {
  let isTold = false;
  const tell = (): void => {
    if (!isTold) {
      isTold = true;
      gone();
    }
  };
  for (const event of ["end", "close", "error"] as const) {
    standardInput.once(event, tell);
  }
  // Its end is noticed only while somebody reads.
  standardInput.resume();
}
