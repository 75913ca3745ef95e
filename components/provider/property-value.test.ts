import { inspect } from "node:util";
import { Secret } from "@holdfast/foundation/secret.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  decodeProperties,
  encodeProperties,
  type PropertyValue,
  sameValue,
  secretTexts,
  unknown,
} from "./property-value.ts";

const { value } = fc.letrec<{ value: PropertyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie("value"), { maxKeys: 3, noNullPrototype: true }),
    tie("value").map((inner) => new Secret(inner)),
  ),
}));

test("what is encoded for the engine is decoded as it was, secrets included", () => {
  fc.assert(
    fc.property(value, (given) => {
      const decoded = decodeProperties(encodeProperties({ given }));
      expect(sameValue(decoded["given"] ?? null, given)).toBe(true);
    }),
  );
});

test("a value that is not known yet stays so, also as a secret", () => {
  const decoded = decodeProperties(encodeProperties({ a: unknown, b: new Secret(unknown) }));
  expect(decoded["a"]).toBe(unknown);
  expect(decoded["b"]).toBeInstanceOf(Secret);
});

test("properties with secrets cannot be printed, and the last scrubber knows the texts in them", () => {
  const decoded = decodeProperties(
    encodeProperties({ plain: "p", deep: { list: [new Secret({ a: "canary" })] } }),
  );
  expect(inspect(decoded, { depth: 9 }) + JSON.stringify(decoded)).not.toContain("canary");
  expect(secretTexts(decoded)).toEqual(["canary"]);
});
