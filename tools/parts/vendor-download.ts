import { createHash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { arch, platform } from "node:os";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { PartFailure } from "./part-failure.ts";
import { run } from "./run.ts";

/** A file on a vendor's server, and the vendor's list of checksums that has it. */
export interface VendorFile {
  readonly url: string;
  /** Lines of a SHA-256 in hexadecimal and a file name; or the bare checksum of this one file. */
  readonly checksumsUrl: string;
}

/** From the first packet to the answer's headers; who needs longer is treated as not there. */
const answerMs = 5_000;
/** The longest pause within a download. */
const stallMs = 20_000;
const checksumsBytesMax = 1_048_576;
const advice = "build the part instead.";

/** This machine as vendors name it: `linux` and `amd64` (Go's names), `x64` (Node's), or undefined for others. */
export function vendorPlatform():
  | { readonly os: "linux" | "darwin"; readonly goArch: string; readonly nodeArch: string }
  | undefined {
  const os = platform();
  const nodeArch = arch();
  if ((os !== "linux" && os !== "darwin") || (nodeArch !== "x64" && nodeArch !== "arm64")) {
    return undefined;
  }
  return { os, goArch: nodeArch === "x64" ? "amd64" : "arm64", nodeArch };
}

/**
 * Downloads one file into `folder` under its own name, and returns its path.
 *
 * guarantee: the file is whole and has the checksum that the vendor publishes; otherwise nothing is left of it. One
 * try, which gives up after five seconds without an answer.
 *
 * @throws {PartFailure} if the file or its checksum is not to be had, or the two do not agree.
 */
export async function downloadVerified(file: VendorFile, folder: string): Promise<string> {
  const name = basename(new URL(file.url).pathname);
  const path = join(folder, name);
  const expected = findChecksum(await fetchText(file.checksumsUrl), name);
  if (expected === undefined) {
    throw new PartFailure(`${file.checksumsUrl} has no checksum for ${name}.`, { advice });
  }
  try {
    const actual = await fetchToFile(file.url, path);
    if (actual !== expected) {
      throw new PartFailure(`${file.url} has SHA-256 ${actual}, not ${expected}.`, { advice });
    }
    return path;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/** Downloads a tar archive like {@link downloadVerified} and unpacks it into `folder`, without its first `strip` levels. */
export async function downloadArchive(
  file: VendorFile,
  folder: string,
  strip: number,
): Promise<void> {
  const path = await downloadVerified(file, folder);
  await run("tar", ["-xzf", path, "-C", folder, `--strip-components=${strip}`], { advice });
  await rm(path);
}

/** The checksum of `name` in a vendor's list, or undefined. */
export function findChecksum(list: string, name: string): string | undefined {
  const lines = list.trim().split("\n");
  const rows = lines.map((line) => line.trim().split(/\s+\*?/));
  const row = rows.find(([, file]) => file === name) ?? (rows.length === 1 ? rows[0] : undefined);
  const checksum = row?.[0]?.toLowerCase();
  const isForAnother = row?.[1] !== undefined && row[1] !== name;
  return checksum !== undefined && !isForAnother && /^[0-9a-f]{64}$/.test(checksum)
    ? checksum
    : undefined;
}

async function fetchText(url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of await fetchChunks(url)) {
    bytes += chunk.length;
    if (bytes > checksumsBytesMax) {
      throw new PartFailure(`${url} is longer than a list of checksums is.`, { advice });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

async function fetchToFile(url: string, path: string): Promise<string> {
  const hash = createHash("sha256");
  const chunks = await fetchChunks(url);
  await pipeline(async function* () {
    for await (const chunk of chunks) {
      hash.update(chunk);
      yield chunk;
    }
  }, createWriteStream(path));
  return hash.digest("hex");
}

/** The body of an answer, with a limit on the wait for its start and on each pause. */
async function fetchChunks(url: string): Promise<AsyncIterable<Uint8Array>> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(new PartFailure(`${url} did not answer in time.`, { advice }));
  }, answerMs);
  const response = await fetch(url, { signal: controller.signal, redirect: "follow" }).catch(
    (error: unknown) => {
      clearTimeout(timer);
      throw new PartFailure(`${url} is not to be reached.`, { advice, cause: error });
    },
  );
  clearTimeout(timer);
  if (!response.ok || response.body === null) {
    throw new PartFailure(`${url} answered with ${response.status}.`, { advice });
  }
  // The two declarations of the same stream, the web's and Node's, differ in name only.
  const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
  return withStallLimit(body, url);
}

async function* withStallLimit(body: Readable, url: string): AsyncGenerator<Uint8Array> {
  const onStall = (): void => {
    body.destroy(new PartFailure(`${url} stalled.`, { advice }));
  };
  let timer = setTimeout(onStall, stallMs);
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      clearTimeout(timer);
      yield chunk;
      timer = setTimeout(onStall, stallMs);
    }
  } finally {
    clearTimeout(timer);
  }
}
