import { type FileHandle, open } from "node:fs/promises";
import type { Clock } from "@holdfast/foundation/clock.ts";

/** How often the log is looked at while the child runs, in milliseconds. */
const lookEveryMs = 50;

const chunkBytes = 64 * 1024;

/** Longest line that is read, in characters. The engine writes a resource's properties into one line. */
const lineLengthMax = 8 * 1024 * 1024;

/**
 * Lines of a file that a child writes, as they come, until the child has ended and all was read. A
 * file that never comes to be has no lines.
 */
export async function* tailLines(
  path: string,
  ended: Promise<unknown>,
  clock: Clock,
): AsyncGenerator<string, void, undefined> {
  const end = new AbortController();
  void ended.then(() => end.abort());
  const file = await openWhenThere(path, clock, end.signal);
  if (file === undefined) {
    return;
  }
  try {
    yield* linesOf(file, clock, end.signal);
  } finally {
    await file.close();
  }
}

async function* linesOf(
  file: FileHandle,
  clock: Clock,
  ended: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(chunkBytes);
  let rest = "";
  for (;;) {
    // Asked before the read: what was written before the end is still read.
    const isLast = ended.aborted;
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, null);
    if (bytesRead === 0) {
      if (isLast) {
        return;
      }
      await pause(clock, ended);
      continue;
    }
    const lines = (rest + decoder.decode(buffer.subarray(0, bytesRead), { stream: true })).split(
      "\n",
    );
    rest = (lines.pop() ?? "").slice(0, lineLengthMax);
    yield* lines;
  }
}

async function openWhenThere(
  path: string,
  clock: Clock,
  ended: AbortSignal,
): Promise<FileHandle | undefined> {
  for (;;) {
    const isLast = ended.aborted;
    const file = await open(path, "r").catch(() => undefined);
    if (file !== undefined || isLast) {
      return file;
    }
    await pause(clock, ended);
  }
}

async function pause(clock: Clock, ended: AbortSignal): Promise<void> {
  try {
    await clock.wait(lookEveryMs, ended);
  } catch {
    // The child has ended: one more look.
  }
}
