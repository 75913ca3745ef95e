import { randomBytes } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Failure } from "@holdfast/foundation/failure.ts";
import { extract, type Header } from "tar-stream";
import { afterEach, beforeEach, expect, test } from "vitest";
import { makeSourceArchive } from "./source-archive.ts";

let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-source-"));
  await writeFile(join(folder, "Pulumi.yaml"), "name: sample\nruntime: nodejs\n");
  await mkdir(join(folder, "src"));
  await writeFile(join(folder, "src/index.mjs"), "export const a = 1;\n");
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function entriesOf(archive: Uint8Array): Promise<readonly Header[]> {
  const headers: Header[] = [];
  const reader = extract();
  reader.end(gunzipSync(archive));
  for await (const entry of reader) {
    headers.push(entry.header);
    entry.resume();
  }
  return headers;
}

async function failureOf(): Promise<Failure> {
  const error: unknown = await makeSourceArchive(folder).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Failure);
  return error as Failure;
}

test("the same files give the same bytes, whatever their times and owners", async () => {
  const first = await makeSourceArchive(folder);
  await utimes(join(folder, "src/index.mjs"), new Date(0), new Date(0));
  expect(Buffer.compare(first, await makeSourceArchive(folder))).toBe(0);
});

test("an archive has the files in order, with modes that say only whether one is a program", async () => {
  await writeFile(join(folder, "build.sh"), "#!/bin/sh\n");
  await chmod(join(folder, "build.sh"), 0o750);
  await symlink("src/index.mjs", join(folder, "main.mjs"));
  const entries = await entriesOf(await makeSourceArchive(folder));
  expect(entries.map(({ name, mode, type }) => [name, mode, type])).toEqual([
    ["Pulumi.yaml", 0o644, "file"],
    ["build.sh", 0o755, "file"],
    ["main.mjs", 0o777, "symlink"],
    ["src/index.mjs", 0o644, "file"],
  ]);
});

test("installed packages, the history and what the ignore file names are left out", async () => {
  for (const name of ["node_modules/x", ".git", "coverage"]) {
    await mkdir(join(folder, name), { recursive: true });
    await writeFile(join(folder, name, "file"), "x");
  }
  await writeFile(join(folder, ".gitignore"), "coverage/\n*.log\n");
  await writeFile(join(folder, "debug.log"), "x");
  const entries = await entriesOf(await makeSourceArchive(folder));
  expect(entries.map(({ name }) => name)).toEqual([".gitignore", "Pulumi.yaml", "src/index.mjs"]);
});

test("a folder without a Pulumi.yaml is no program", async () => {
  await rm(join(folder, "Pulumi.yaml"));
  expect(await failureOf()).toMatchObject({ code: "pulumi.source_invalid" });
});

test("a link that leads out of the program is refused by name", async () => {
  await symlink("../../etc/passwd", join(folder, "src/escape"));
  const failure = await failureOf();
  expect(failure.code).toBe("pulumi.source_invalid");
  expect(failure.message).toContain("src/escape");
});

test("a program that is larger than 16 MiB when packed is refused with what to do", async () => {
  await writeFile(join(folder, "large.bin"), randomBytes(17 * 1024 * 1024));
  const failure = await failureOf();
  expect(failure.code).toBe("pulumi.source_invalid");
  expect(failure.message).toContain(".holdfastignore");
});

test("a file of nothing but zeros, which packs to little, is taken", async () => {
  await writeFile(join(folder, "zeros.bin"), Buffer.alloc(17 * 1024 * 1024));
  expect((await makeSourceArchive(folder)).length).toBeLessThan(1024 * 1024);
});
