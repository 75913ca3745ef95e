import { readdir, writeFile } from "node:fs/promises";
import { SystemClock } from "@holdfast/foundation/system/system-clock.ts";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import { openNameless, tailLines } from "./event-tail.ts";

test("the file of events has no name on the disk, and is read by whoever holds it", async () => {
  const folder = await temporaryFolder();
  const file = await openNameless(folder);
  expect(await readdir(folder)).toEqual([]);
  // As the CLI opens it: anew, by descriptor.
  await writeFile(`/proc/self/fd/${file.fd}`, "one\ntwo\nunfinished");
  const lines = [];
  for await (const line of tailLines(file, Promise.resolve(), new SystemClock())) {
    lines.push(line);
  }
  expect(lines).toEqual(["one", "two"]);
  await file.close();
});

test("lines are told as they come, and what was written before the end is still read", async () => {
  const file = await openNameless(await temporaryFolder());
  const ended = Promise.withResolvers<void>();
  const lines = tailLines(file, ended.promise, new SystemClock());
  await file.write("first ä\nsec");
  expect((await lines.next()).value).toBe("first ä");
  const next = lines.next();
  await file.write("ond\n");
  expect((await next).value).toBe("second");
  await file.write("last\n");
  ended.resolve();
  expect((await lines.next()).value).toBe("last");
  expect((await lines.next()).done).toBe(true);
  await file.close();
});
