import { lstat, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { Failure } from "@holdfast/foundation/failure.ts";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import { unpackArchive } from "./source-archive.ts";

type Header = Parameters<ReturnType<typeof pack>["entry"]>[0];

async function archiveOf(entries: readonly (readonly [Header, string?])[]): Promise<Uint8Array> {
  const tar = pack();
  for (const [header, content = ""] of entries) {
    tar.entry(header, content);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) {
    chunks.push(chunk as Buffer);
  }
  return gzipSync(Buffer.concat(chunks));
}

async function unpack(archive: Uint8Array): Promise<string> {
  const folder = await temporaryFolder();
  await unpackArchive(archive, folder, new AbortController().signal);
  return folder;
}

async function refusalOf(archive: Uint8Array): Promise<string> {
  const folder = await temporaryFolder();
  try {
    await unpackArchive(archive, join(folder), new AbortController().signal);
  } catch (error) {
    return error instanceof Failure ? `${error.code}: ${error.message}` : String(error);
  }
  return "taken";
}

test("files, folders and links that stay inside are taken, with modes of ours", async () => {
  const folder = await unpack(
    await archiveOf([
      [{ name: "program/", type: "directory" }],
      [{ name: "program/Pulumi.yaml", mode: 0o4666 }, "name: demo"],
      [{ name: "program/run.sh", mode: 0o755 }, "#!/bin/sh"],
      [{ name: "deep/er/file" }, "x"],
      [{ name: "program/link", type: "symlink", linkname: "../deep/er/file" }],
    ]),
  );
  expect(await readFile(join(folder, "program/link"), "utf8")).toBe("x");
  expect((await lstat(join(folder, "program/Pulumi.yaml"))).mode & 0o7777).toBe(0o600);
  expect((await lstat(join(folder, "program/run.sh"))).mode & 0o7777).toBe(0o700);
});

test.each([
  ["an absolute path", [[{ name: "/etc/canary" }, "x"]]],
  ["a path that climbs", [[{ name: "a/../../canary" }, "x"]]],
  ["a path with a backslash", [[{ name: "..\\canary" }, "x"]]],
  ["a link to an absolute path", [[{ name: "l", type: "symlink", linkname: "/etc/passwd" }]]],
  ["a link that climbs", [[{ name: "a/l", type: "symlink", linkname: "../../x" }]]],
  ["a link to nothing", [[{ name: "l", type: "symlink", linkname: "none" }]]],
  ["a hard link", [[{ name: "l", type: "link", linkname: "/etc/passwd" }]]],
  ["a device", [[{ name: "d", type: "character-device", devmajor: 1, devminor: 3 }]]],
  ["a pipe", [[{ name: "p", type: "fifo" }]]],
  [
    "a file through a link",
    [[{ name: "l", type: "symlink", linkname: "." }], [{ name: "l/file" }, "x"]],
  ],
  [
    "links that lead outside through one another",
    [
      [{ name: "a/b/c/file" }, "x"],
      [{ name: "a/b/top", type: "symlink", linkname: "../.." }],
      [{ name: "a/b/out", type: "symlink", linkname: "top/../../a" }],
    ],
  ],
  [
    "a file twice",
    [
      [{ name: "f" }, "1"],
      [{ name: "f" }, "2"],
    ],
  ],
  [
    "a file as a folder",
    [
      [{ name: "f" }, "1"],
      [{ name: "f/g" }, "2"],
    ],
  ],
] as [string, [Header, string?][]][])("an archive with %s is refused", async (_what, entries) => {
  expect(await refusalOf(await archiveOf(entries))).toMatch(/^pulumi\.source_invalid: The source /);
});

test("what is not a gzipped tar file is refused", async () => {
  expect(await refusalOf(new TextEncoder().encode("canary"))).toContain("pulumi.source_invalid");
  expect(await refusalOf(gzipSync("canary".repeat(1_000)))).toContain("pulumi.source_invalid");
  const whole = await archiveOf([[{ name: "f" }, "x".repeat(100_000)]]);
  expect(await refusalOf(whole.subarray(0, whole.length - 20))).toContain("pulumi.source_invalid");
});

test("an archive that is small outside and large inside is refused before it fills the disk", async () => {
  const zeros = gzipSync(Buffer.alloc(300 * 1024 * 1024), { level: 9 });
  expect(zeros.length).toBeLessThan(1_000_000);
  expect(await refusalOf(zeros)).toContain("pulumi.source_invalid");
  const large = await archiveOf([[{ name: "f" }, "\0".repeat(300 * 1024 * 1024)]]);
  expect(await refusalOf(large)).toContain("when unpacked");
});

test("an archive with too many entries is refused", async () => {
  const entries = Array.from({ length: 20_001 }, (_, index): [Header, string] => [
    { name: `f${index}` },
    "",
  ]);
  expect(await refusalOf(await archiveOf(entries))).toContain("more than 20000 entries");
});

test("an operation that is stopped stops unpacking", async () => {
  const folder = await temporaryFolder();
  const archive = await archiveOf([[{ name: "f" }, "x"]]);
  const stopped = AbortSignal.abort(new Failure("operation.canceled", "Stopped."));
  await expect(unpackArchive(archive, folder, stopped)).rejects.toMatchObject({
    code: "operation.canceled",
  });
  expect(await readdir(folder)).toEqual([]);
});
