import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "@holdfast/foundation/failure.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { TestRandom } from "../../test/support/test-random.ts";
import {
  readFileUpTo,
  readPrivateFile,
  replacePrivateFile,
  reservePrivateFile,
} from "./private-file.ts";

let folder = "";
const random = new TestRandom();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-cli-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function codeOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof Failure ? error.code : String(error);
}

test("a private file is readable by its owner only, and so is the folder made for it", async () => {
  const path = join(folder, "creds", "prod.json");
  const file = await reservePrivateFile(path, "credentials.exists", random);
  await file.append("con");
  await file.append("tent");
  await file.commit();
  await file.release();
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect((await stat(join(folder, "creds"))).mode & 0o777).toBe(0o700);
  expect(await readFile(path, "utf8")).toBe("content");
  expect(await readdir(join(folder, "creds"))).toEqual(["prod.json"]);
});

test("a file is never overwritten, neither before nor after the place was reserved", async () => {
  const path = join(folder, "prod.json");
  const file = await reservePrivateFile(path, "credentials.exists", random);
  await writeFile(path, "earlier");
  expect(await codeOf(file.commit())).toBe("credentials.exists");
  await file.release();
  expect(await codeOf(reservePrivateFile(path, "credentials.exists", random))).toBe(
    "credentials.exists",
  );
  expect(await readFile(path, "utf8")).toBe("earlier");
});

test("a place that is given up leaves nothing behind", async () => {
  const file = await reservePrivateFile(join(folder, "x.json"), "cli.file_exists", random);
  await file.release();
  expect(await readdir(folder)).toEqual([]);
});

test("where a folder would have to replace a file, nothing can be written", async () => {
  await writeFile(join(folder, "file"), "");
  const inside = reservePrivateFile(join(folder, "file", "x"), "cli.file_exists", random);
  expect(["cli.file_unwritable", "cli.file_unreadable"]).toContain(await codeOf(inside));
});

test("a secret that others may read is not used", async () => {
  const path = join(folder, "key");
  await replacePrivateFile(path, "secret", random);
  expect(await readPrivateFile(path)).toBe("secret");
  await chmod(path, 0o640);
  expect(await codeOf(readPrivateFile(path))).toBe("cli.file_insecure");
});

test("a file that is too large is refused, and a missing one too", async () => {
  const path = join(folder, "file");
  await writeFile(path, "12345");
  expect(await codeOf(readFileUpTo(path, 4))).toBe("request.too_large");
  expect(await codeOf(readFileUpTo(join(folder, "none"), 4))).toBe("cli.file_unreadable");
});
