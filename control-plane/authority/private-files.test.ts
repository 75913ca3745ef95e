import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makePrivateDirectory, readPrivateFile, writePrivateFile } from "./private-files.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "private-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

test("what is written only its owner may read, whatever the umask", () => {
  const before = process.umask(0);
  try {
    makePrivateDirectory(join(directory, "a/b"));
    writePrivateFile(join(directory, "a/b/key"), "one");
    writePrivateFile(join(directory, "a/b/key"), "two");
  } finally {
    process.umask(before);
  }
  expect(modeOf(join(directory, "a/b"))).toBe(0o700);
  expect(modeOf(join(directory, "a/b/key"))).toBe(0o600);
  expect(readPrivateFile(join(directory, "a/b/key"))).toBe("two");
  expect(readdirSync(join(directory, "a/b"))).toEqual(["key"]);
});

test.each([0o604, 0o640, 0o620, 0o601])(
  "a file that others may use is refused, with the command that mends it (mode %o)",
  (mode) => {
    const path = join(directory, `open-${mode}`);
    writeFileSync(path, "key");
    chmodSync(path, mode);
    expect(() => readPrivateFile(path)).toThrow(`chmod 600 ${path}`);
    chmodSync(path, 0o600);
    expect(readPrivateFile(path)).toBe("key");
  },
);

test("a directory that others may use is refused, and is not mended behind the owner's back", () => {
  const path = join(directory, "open");
  makePrivateDirectory(path);
  chmodSync(path, 0o755);
  expect(() => makePrivateDirectory(path)).toThrow(`chmod 700 ${path}`);
  expect(modeOf(path)).toBe(0o755);
});

test("a file that is not there is an ordinary absence", () => {
  expect(readPrivateFile(join(directory, "nothing"))).toBeUndefined();
});

test("writing does not follow a link that somebody else has laid", () => {
  const victim = join(directory, "victim");
  writeFileSync(victim, "untouched");
  symlinkSync(victim, join(directory, "target.new"));
  expect(() => writePrivateFile(join(directory, "target"), "key")).toThrow("ELOOP");
});
