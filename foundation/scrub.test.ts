import { expect, test } from "vitest";
import { scrub } from "./scrub.ts";

const key = "hf_0123456789ABCDEFGHIJKL_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ123456";

test.each([
  ["an API key", `call with ${key} failed`, "call with [secret] failed"],
  ["a bearer token", "authorization: Bearer abcdef.123456", "authorization: [secret]"],
  [
    "a private key",
    "x -----BEGIN PRIVATE KEY-----\nMIG\n-----END PRIVATE KEY----- y",
    "x [secret] y",
  ],
  ["a private key that was cut off", "x -----BEGIN EC PRIVATE KEY-----\nMIG", "x [secret]"],
  ["a JSON web token", "token eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln end", "token [secret] end"],
  ["an AWS access key id", "AKIAIOSFODNN7EXAMPLE", "[secret]"],
])("%s is replaced wherever it stands", (_, text, clean) => {
  expect(scrub(text)).toBe(clean);
});

test("values that are known are replaced, and short ones are left alone", () => {
  expect(scrub("pass hunter2 and ab", ["hunter2", "ab"])).toBe("pass [secret] and ab");
});

test("a certificate and plain text stay as they are", () => {
  const text = "-----BEGIN CERTIFICATE-----\nMIG\n-----END CERTIFICATE-----\nrunner run_1 of org_2";
  expect(scrub(text)).toBe(text);
});
