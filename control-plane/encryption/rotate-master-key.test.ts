import { readFile } from "node:fs/promises";
import { Secret } from "@holdfast/foundation/secret.ts";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openSealingWorld, type SealingWorld } from "../../test/support/sealing-world.ts";
import type { RotatableMasterKey } from "./master-key.ts";
import { rotateMasterKey } from "./rotate-master-key.ts";
import type { RecordIdentity } from "./sealer.ts";

let world: SealingWorld;
let identities: readonly RecordIdentity[];
let sealed: readonly Uint8Array[];

beforeEach(async () => {
  world = await openSealingWorld();
  const organizations = [
    await world.insertOrganization("one"),
    await world.insertOrganization("two"),
    await world.insertOrganization("three"),
  ];
  identities = organizations.map(({ id }) => ({
    organizationId: id,
    table: "secret",
    recordId: "sec_1",
    field: "value",
    version: 1,
  }));
  sealed = await Promise.all(
    identities.map(async (identity) => await world.sealer.seal(identity, new Secret("value"))),
  );
});
afterEach(async () => {
  await world.close();
});

/** Whether everything opens, for a process that starts now. */
async function everythingOpens(): Promise<void> {
  const { sealer } = world.restarted();
  for (const [index, identity] of identities.entries()) {
    expect((await sealer.open(identity, sealed[index] ?? new Uint8Array())).expose()).toBe("value");
  }
}

test("after a rotation everything opens with the new master key alone", async () => {
  const before = await readFile(world.masterKeyPath, "utf8");
  const { masterKeyId, rewrapped } = await rotateMasterKey(world, "sa_1");
  expect(rewrapped).toBe(3);
  const after = JSON.parse(await readFile(world.masterKeyPath, "utf8")) as {
    keys: { id: string; generation: number; key: string }[];
  };
  expect(after.keys).toMatchObject([{ id: masterKeyId, generation: 2 }]);
  expect(before).not.toContain(after.keys[0]?.key);
  await everythingOpens();
  const [record] = await world.storage.read.audit.export(undefined, 0, 10);
  expect(record).toMatchObject({
    action: "master_key.rotated",
    actor: "sa_1",
    subject: masterKeyId,
    detail: { rewrapped: 3 },
  });
});

test("values sealed and opened during a rotation stay whole", async () => {
  const rotation = rotateMasterKey(world, "sa_1");
  const fresh = await world.insertOrganization("four");
  const identity = { ...(identities[0] as RecordIdentity), organizationId: fresh.id };
  const [value] = await Promise.all([
    world.sealer.seal(identity, new Secret("value")),
    everythingOpens(),
  ]);
  await rotation;
  expect((await world.restarted().sealer.open(identity, value)).expose()).toBe("value");
  await everythingOpens();
});

test("a rotation that is killed at any step loses nothing, and the next one ends it", async () => {
  // Every call of the master key is a place to die: before it has happened, and after.
  for (let step = 0; ; step += 1) {
    const died = await rotateMasterKey(
      { ...world, masterKey: dyingAt(world.masterKey, step) },
      "sa_1",
    ).then(
      () => false,
      () => true,
    );
    await everythingOpens();
    if (!died) {
      expect(step).toBeGreaterThan(10);
      break;
    }
  }
  const { masterKeyId } = await rotateMasterKey(world, "sa_1");
  expect(await world.storage.read.encryptionKeys.list(masterKeyId)).toEqual([]);
  await everythingOpens();
});

/** A master key whose process is killed at one step: steps with an even number before they take effect. */
function dyingAt(masterKey: RotatableMasterKey, fatal: number): RotatableMasterKey {
  let step = 0;
  const dying =
    <Arguments extends readonly unknown[], Value>(
      act: (...args: Arguments) => Promise<Value>,
    ): ((...args: Arguments) => Promise<Value>) =>
    async (...args) => {
      if (step++ === fatal) {
        throw new Error("killed");
      }
      const value = await act(...args);
      if (step++ === fatal) {
        throw new Error("killed");
      }
      return value;
    };
  return {
    wrap: dying(async (identity, key) => await masterKey.wrap(identity, key)),
    unwrap: dying(async (identity, id, wrapped) => await masterKey.unwrap(identity, id, wrapped)),
    advance: dying(async () => await masterKey.advance()),
    dropEarlier: dying(async () => await masterKey.dropEarlier()),
  };
}
