import { format, inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "./secret.ts";

const canary = "canary-7f3a";

const prints = new Map<string, (secret: Secret<string>) => string>(
  Object.entries({
    "toString()": (secret: Secret<string>) => secret.toString(),
    "String()": (secret: Secret<string>) => String(secret),
    "template string": (secret: Secret<string>) => `${secret as unknown as string}`,
    addition: (secret: Secret<string>) => `${secret as unknown as string}`,
    JSON: (secret: Secret<string>) => JSON.stringify({ secret }),
    "util.inspect": (secret: Secret<string>) =>
      inspect({ deep: { secret } }, { depth: 9, showHidden: true }),
    "util.format %s": (secret: Secret<string>) => format("%s", secret),
    "util.format %o": (secret: Secret<string>) => format("%o", secret),
    "util.format %j": (secret: Secret<string>) => format("%j", secret),
    "error message": (secret: Secret<string>) =>
      String(new Error(`cannot use ${secret as unknown as string}`).stack),
    "error cause": (secret: Secret<string>) => inspect(new Error("cannot", { cause: secret })),
    "structured clone": (secret: Secret<string>) => inspect(structuredClone({ secret })),
    "Object.entries": (secret: Secret<string>) => JSON.stringify(Object.entries(secret)),
    spread: (secret: Secret<string>) => JSON.stringify({ ...secret }),
    "Object.prototype.toString": (secret: Secret<string>) => Object.prototype.toString.call(secret),
    "array join": (secret: Secret<string>) => [secret, secret].join(),
  }),
);

for (const [way, print] of prints) {
  test(`a secret does not show its value by ${way}`, () => {
    expect(print(new Secret(canary))).not.toContain(canary);
  });
}

test("a secret gives its value to whoever asks by name", () => {
  expect(new Secret(canary).expose()).toBe(canary);
});

test("a secret prints as [secret]", () => {
  expect(`${new Secret(canary).toString()} ${inspect(new Secret(canary))}`).toBe(
    "[secret] [secret]",
  );
});
