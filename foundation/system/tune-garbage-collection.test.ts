import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { garbageCollectionFlag, tuneGarbageCollection } from "./tune-garbage-collection.ts";

test("this version of Node knows the flag, and takes it while it runs", () => {
  const asked = spawnSync(process.execPath, [garbageCollectionFlag, "-e", ""]);
  expect(asked.status).toBe(0);
  expect(() => tuneGarbageCollection()).not.toThrow();
});
