import { type FileHandle, open, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@holdfast/foundation/clock.ts";

/** How often the log is looked at while the child runs, in milliseconds. */
const lookEveryMs = 50;

const chunkBytes = 64 * 1024;

/** Longest line that is read, in characters. The engine writes a resource's properties into one line. */
const lineLengthMax = 8 * 1024 * 1024;

/** The path by which a child opens its descriptor 3 (proc(5)). */
export const namelessPath: string = process.platform === "linux" ? "/proc/self/fd/3" : "/dev/fd/3";

/**
 * Opens a file that has no name any more: nobody finds it on the disk, and it is gone with whoever holds
 * it, however that ends. What a program prints may be in it, and that may be a secret.
 */
export async function openNameless(folder: string): Promise<FileHandle> {
  const path = join(folder, "events");
  const file = await open(path, "wx+", 0o600);
  await unlink(path);
  return file;
}

/** Lines of a file that a child writes, as they come, until the child has ended and all was read. */
export async function* tailLines(
  file: FileHandle,
  ended: Promise<unknown>,
  clock: Clock,
): AsyncGenerator<string, void, undefined> {
  const end = new AbortController();
  void ended.then(() => end.abort());
  yield* linesOf(file, clock, end.signal);
}

async function* linesOf(
  file: FileHandle,
  clock: Clock,
  ended: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(chunkBytes);
  let rest = "";
  let at = 0;
  for (;;) {
    // Asked before the read: what was written before the end is still read.
    const isLast = ended.aborted;
    const { bytesRead } = await file.read(buffer, 0, chunkBytes, at);
    at += bytesRead;
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

async function pause(clock: Clock, ended: AbortSignal): Promise<void> {
  try {
    await clock.wait(lookEveryMs, ended);
  } catch {
    // The child has ended: one more look.
  }
}
