import { expect, test } from "vitest";
import { killSafeBackendUrl } from "./state-backend-url.ts";

test.each([
  ["file:///state", "file:///state?metadata=skip"],
  ["file://~", "file://~?metadata=skip"],
  ["file:///state?no_tmp_dir=true", "file:///state?no_tmp_dir=true&metadata=skip"],
])("a backend of files is told to write no attributes: %s", (given, expected) => {
  expect(killSafeBackendUrl(given)).toBe(expected);
});

test.each([
  "file:///state?metadata=skip",
  "file:///state?no_tmp_dir=true&metadata=skip",
  "s3://states",
  "gs://states/prefix",
  "azblob://states",
  "https://api.example",
])("what says so already, and every other backend, stays as it is: %s", (given) => {
  expect(killSafeBackendUrl(given)).toBe(given);
});
