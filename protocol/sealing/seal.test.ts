import fc from "fast-check";
import { expect, test } from "vitest";
import { makeSealingKeyPair, type SealingBinding, sealCredentials } from "./seal.ts";

const binding: SealingBinding = {
  organizationId: "org_1",
  connectionId: "con_1",
  runnerId: "run_1",
  operationId: "op_1",
};

test("what was sealed to a runner for an operation opens there, and only there", async () => {
  const runner = await makeSealingKeyPair();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (credentials) => {
      const sealed = await sealCredentials(runner.publicKey, binding, credentials);
      expect(await runner.open(binding, sealed)).toEqual(credentials);
    }),
    { numRuns: 20 },
  );
});

test.each(Object.keys(binding) as (keyof SealingBinding)[])(
  "sealed credentials do not open under another %s",
  async (part) => {
    const runner = await makeSealingKeyPair();
    const sealed = await sealCredentials(runner.publicKey, binding, Buffer.from("canary"));
    await expect(runner.open({ ...binding, [part]: "another" }, sealed)).rejects.toThrow();
  },
);

test("parts of a binding cannot be moved into one another", async () => {
  const runner = await makeSealingKeyPair();
  const sealed = await sealCredentials(runner.publicKey, binding, Buffer.from("canary"));
  const moved = { ...binding, organizationId: "org_1c", connectionId: "on_1" };
  await expect(runner.open(moved, sealed)).rejects.toThrow();
});

test("sealed credentials open for no other runner process", async () => {
  const [one, other] = [await makeSealingKeyPair(), await makeSealingKeyPair()];
  const sealed = await sealCredentials(one.publicKey, binding, Buffer.from("canary"));
  await expect(other.open(binding, sealed)).rejects.toThrow();
});

test("sealed credentials that were changed or cut do not open, wherever it was", async () => {
  const runner = await makeSealingKeyPair();
  const sealed = await sealCredentials(runner.publicKey, binding, Buffer.from("canary"));
  await fc.assert(
    fc.asyncProperty(
      fc.nat({ max: sealed.length - 1 }),
      fc.integer({ min: 1, max: 255 }),
      async (at, flip) => {
        const changed = Uint8Array.from(sealed, (byte, index) =>
          index === at ? byte ^ flip : byte,
        );
        await expect(runner.open(binding, changed)).rejects.toThrow();
        await expect(runner.open(binding, sealed.subarray(0, at))).rejects.toThrow();
      },
    ),
    { numRuns: 40 },
  );
});

test("the same credentials are never sealed the same way twice, and nothing of them shows", async () => {
  const runner = await makeSealingKeyPair();
  const seal = async (): Promise<Buffer> =>
    Buffer.from(await sealCredentials(runner.publicKey, binding, Buffer.from("canary")));
  const [one, two] = [await seal(), await seal()];
  expect(one.equals(two)).toBe(false);
  expect(one.includes("canary")).toBe(false);
});

test("what is no public key seals nothing", async () => {
  await expect(
    sealCredentials(Buffer.alloc(65, 4), binding, Buffer.from("canary")),
  ).rejects.toThrow();
  await expect(sealCredentials(Buffer.alloc(0), binding, Buffer.from("canary"))).rejects.toThrow();
});
