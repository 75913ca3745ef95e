import { Secret } from "@holdfast/foundation/secret.ts";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSealingWorld, type SealingWorld } from "../../test/support/sealing-world.ts";
import type { RecordIdentity } from "./sealer.ts";

let world: SealingWorld;
let own: RecordIdentity;
let other: RecordIdentity;

beforeAll(async () => {
  world = await openSealingWorld();
  const record = { table: "secret", recordId: "sec_1", field: "value", version: 1 };
  own = { ...record, organizationId: (await world.insertOrganization("own")).id };
  other = { ...record, organizationId: (await world.insertOrganization("other")).id };
});
afterAll(async () => {
  await world.close();
});

test("what was sealed opens for the same record, and what is kept does not contain it", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 200 }), async (value) => {
      const sealed = await world.sealer.seal(own, new Secret(value));
      expect((await world.sealer.open(own, sealed)).expose()).toBe(value);
      const isTellTale = value.length >= 6 && Buffer.from(sealed).includes(value, 0, "utf8");
      expect(isTellTale).toBe(false);
    }),
    { numRuns: 50 },
  );
});

test("a row moved to another organization does not open", async () => {
  const sealed = await world.sealer.seal(own, new Secret("value"));
  // The other organization has a key of its own by now.
  await world.sealer.seal(other, new Secret("theirs"));
  await expect(world.sealer.open(other, sealed)).rejects.toMatchObject({
    code: "secret.undecryptable",
  });
});

test("a row moved to another organization together with its key does not open", async () => {
  const sealed = await world.sealer.seal(own, new Secret("value"));
  const { storage } = world;
  const ownKey = await storage.read.encryptionKeys.findActive(own.organizationId);
  const otherKey = await storage.read.encryptionKeys.findActive(other.organizationId);
  if (ownKey === undefined || otherKey === undefined) {
    throw new Error("both organizations have sealed something");
  }
  const thief = world.restarted();
  // As if somebody with the database had handed the wrapped key to the other organization.
  await expect(
    world.masterKey.unwrap(
      { organizationId: other.organizationId, keyId: ownKey.id },
      ownKey.masterKeyId,
      ownKey.wrapped,
    ),
  ).rejects.toMatchObject({ code: "secret.undecryptable" });
  await storage.write(async ({ encryptionKeys }) => {
    await encryptionKeys.update({ ...otherKey, wrapped: ownKey.wrapped });
  });
  await expect(thief.sealer.seal(other, new Secret("value"))).rejects.toMatchObject({
    code: "secret.undecryptable",
  });
  await expect(thief.sealer.open(other, sealed)).rejects.toMatchObject({
    code: "secret.undecryptable",
  });
  await storage.write(async ({ encryptionKeys }) => await encryptionKeys.update(otherKey));
});

test("a value opens as no other record, field or version", async () => {
  const sealed = await world.sealer.seal(own, new Secret("value"));
  const elsewhere: readonly Partial<RecordIdentity>[] = [
    { table: "connection" },
    { recordId: "sec_2" },
    { field: "other" },
    { version: 2 },
    // Fields that read alike when they are joined.
    { table: "secre", recordId: "tsec_1" },
  ];
  for (const change of elsewhere) {
    await expect(
      world.sealer.open({ ...own, ...change }, sealed),
      JSON.stringify(change),
    ).rejects.toMatchObject({ code: "secret.undecryptable" });
  }
});

test("a value of which one bit was changed, or an end was cut off, does not open", async () => {
  const sealed = await world.sealer.seal(own, new Secret("value"));
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length * 8 - 1), async (bit) => {
      const changed = new Uint8Array(sealed);
      const index = bit >> 3;
      changed[index] = (changed[index] ?? 0) ^ (1 << (bit & 7));
      await expect(world.sealer.open(own, changed)).rejects.toMatchObject({
        code: "secret.undecryptable",
      });
    }),
    { numRuns: 50 },
  );
  for (let length = 0; length < sealed.length; length += 1) {
    await expect(world.sealer.open(own, sealed.subarray(0, length))).rejects.toMatchObject({
      code: "secret.undecryptable",
    });
  }
});

test("a failure to open says nothing of the value", async () => {
  const sealed = await world.sealer.seal(own, new Secret("canary"));
  const failure: unknown = await world.sealer
    .open({ ...own, version: 9 }, sealed)
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: "secret.undecryptable" });
  expect(String(failure)).not.toContain("canary");
});

test("the same value sealed twice does not look the same", async () => {
  const [one, two] = [
    await world.sealer.seal(own, new Secret("value")),
    await world.sealer.seal(own, new Secret("value")),
  ];
  expect(Buffer.from(one).equals(two)).toBe(false);
});

test("many who need an organization's first key at once get the same one", async () => {
  const { id } = await world.insertOrganization("crowd");
  const identity = { ...own, organizationId: id };
  const sealed = await Promise.all(
    Array.from({ length: 5 }, async () => await world.sealer.seal(identity, new Secret("value"))),
  );
  for (const each of sealed) {
    expect((await world.sealer.open(identity, each)).expose()).toBe("value");
  }
  const all = await world.storage.read.encryptionKeys.list(undefined);
  expect(all.filter(({ organizationId }) => organizationId === id)).toHaveLength(1);
});

test("no key of an organization stands in the store in clear", async () => {
  const active = await world.storage.read.encryptionKeys.findActive(own.organizationId);
  const { key } = await world.keys.active(own.organizationId);
  expect(Buffer.from(active?.wrapped ?? []).includes(Buffer.from(key.expose()))).toBe(false);
});

test("nothing is sealed for an organization that does not exist", async () => {
  await expect(
    world.sealer.seal({ ...own, organizationId: "org_none" }, new Secret("value")),
  ).rejects.toMatchObject({ code: "organization.not_found" });
});
