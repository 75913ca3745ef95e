import { expect, test } from "vitest";
import { readMomentKey, readNumberKey, writeMomentKey } from "./moment-key.ts";
import { readVersionKey, writeVersionKey } from "./version-key.ts";

test("a sort key that was written is read again", () => {
  const key = { atMs: 1_767_225_600_000, id: "op_0123456789" };
  expect(readMomentKey(writeMomentKey(key))).toEqual(key);
  expect(readVersionKey(writeVersionKey({ id: "sec_1", version: 3 }))).toEqual({
    id: "sec_1",
    version: 3,
  });
  expect(readNumberKey("17")).toBe(17);
});

test("a sort key that was made up is refused as the caller's mistake", () => {
  for (const text of ["", "1", ":op_1", "a:op_1", "1:op 1", "9999999999999999:op_1", "1.5"]) {
    expect(() => readMomentKey(text)).toThrow("not one that this list has given");
    expect(() => readVersionKey(text)).toThrow("not one that this list has given");
  }
  for (const text of ["", "-1", "1.5", "1e3", "9999999999999999"]) {
    expect(() => readNumberKey(text)).toThrow("not one that this list has given");
  }
});
