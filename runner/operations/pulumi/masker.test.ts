import { Secret } from "@holdfast/foundation/secret.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Masker } from "./masker.ts";

test("a secret is masked in every form in which a program may print it", () => {
  const value = 'canary "quoted"\nsecond line';
  const masker = new Masker([new Secret(value)]);
  const forms = [
    value,
    "second line",
    Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"),
    JSON.stringify({ password: value }),
    `https://host/?q=${encodeURIComponent(value)}`,
  ];
  for (const form of forms) {
    expect(masker.mask(`before ${form} after`)).not.toMatch(/canary|second|quoted/);
  }
});

test("a secret inside of another leaves nothing of it standing", () => {
  const masker = new Masker([new Secret("canary"), new Secret("canary-and-more")]);
  expect(masker.mask("it is canary-and-more.")).toBe("it is [secret].");
});

test("text without secrets stays as it is", () => {
  const masker = new Masker([new Secret("0123456789"), new Secret("")]);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", " ", "\n", "Z") }), (text) => {
      expect(masker.mask(text)).toBe(text);
    }),
  );
});
