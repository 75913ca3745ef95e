import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openSealingWorld, type SealingWorld } from "../../test/support/sealing-world.ts";
import type { AuditRecord } from "../audit/audit-record.ts";
import {
  accessSecretVersion,
  addSecretVersion,
  createSecret,
  deleteSecret,
  destroySecretVersion,
  findSecret,
  updateSecret,
} from "./secret-life-cycle.ts";

let world: SealingWorld;
let own = "";
let other = "";
beforeAll(async () => {
  world = await openSealingWorld();
  own = (await world.insertOrganization("own")).id;
  other = (await world.insertOrganization("other")).id;
});
afterAll(async () => {
  await world.close();
});

const actor = "sa_1";
const draft = (name: string, value = "value") => ({ name, description: "", value });
const read = async (organizationId: string, secret: string, version = 0): Promise<string> =>
  (await accessSecretVersion(world, actor, organizationId, { secret, version })).value.expose();
const recordsOf = async (subject: string): Promise<readonly AuditRecord[]> =>
  (await world.storage.read.audit.export(own, 0, 500)).filter(
    (record) => record.subject === subject,
  );

describe("a secret", () => {
  test("its value is written once and never changes", async () => {
    await createSecret(world, actor, own, draft("once", "first"));
    const added = { secret: "once", value: "second" };
    expect((await addSecretVersion(world, actor, own, added)).version).toBe(2);
    expect(await read(own, "once", 1)).toBe("first");
    expect(await read(own, "once", 2)).toBe("second");
    expect(await read(own, "once")).toBe("second");
    await expect(createSecret(world, actor, own, draft("once", "third"))).rejects.toMatchObject({
      code: "secret.exists",
    });
    expect(await read(own, "once", 1)).toBe("first");
  });

  test("a name taken in one organization is free in another, and each keeps its value", async () => {
    await createSecret(world, actor, own, draft("shared", "ours"));
    await createSecret(world, actor, other, draft("shared", "theirs"));
    expect(await read(own, "shared")).toBe("ours");
    expect(await read(other, "shared")).toBe("theirs");
  });

  test("another organization does not find it, by name or by id", async () => {
    const { id } = await createSecret(world, actor, own, draft("hidden"));
    for (const secret of [id, "hidden"]) {
      for (const attempt of [
        async () => await findSecret(world.storage.read, other, secret),
        async () => await read(other, secret),
        async () => await updateSecret(world, actor, other, { secret, description: "" }),
        async () => await addSecretVersion(world, actor, other, { secret, value: "" }),
        async () => await destroySecretVersion(world, actor, other, { secret, version: 1 }),
        async () => await deleteSecret(world, actor, other, secret),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: "secret.not_found" });
      }
    }
    expect(await read(own, "hidden")).toBe("value");
  });

  test("a row moved to another organization does not open", async () => {
    const secret = await createSecret(world, actor, own, draft("moved", "canary"));
    const stored = await world.storage.read.secrets.findVersion(own, secret.id, 1);
    const target = await createSecret(world, actor, other, draft("moved"));
    await world.storage.write(async ({ secrets }) => {
      const sealed = stored?.sealed;
      await secrets.updateVersion({
        secretId: target.id,
        organizationId: other,
        version: 1,
        sealed,
        createdAtMs: 0,
      });
    });
    await expect(read(other, "moved")).rejects.toMatchObject({ code: "secret.undecryptable" });
  });

  test("two who add a version at once write two versions, or one is told so", async () => {
    await createSecret(world, actor, own, draft("raced"));
    const results = await Promise.allSettled(
      ["a", "b", "c"].map(
        async (value) => await addSecretVersion(world, actor, own, { secret: "raced", value }),
      ),
    );
    const written = results.filter(({ status }) => status === "fulfilled").length;
    for (const result of results) {
      if (result.status === "rejected") {
        expect(result.reason).toMatchObject({ code: "request.conflict" });
      }
    }
    expect((await findSecret(world.storage.read, own, "raced")).version).toBe(1 + written);
    expect(written).toBeGreaterThan(0);
  });

  test("a version that was destroyed is gone for good; the others stay", async () => {
    const { id } = await createSecret(world, actor, own, draft("wiped", "canary"));
    await addSecretVersion(world, actor, own, { secret: "wiped", value: "kept" });
    const target = { secret: "wiped", version: 1 };
    await destroySecretVersion(world, actor, own, target);
    await destroySecretVersion(world, actor, own, target);
    expect((await world.storage.read.secrets.findVersion(own, id, 1))?.sealed).toBeUndefined();
    await expect(read(own, "wiped", 1)).rejects.toMatchObject({ code: "secret.version_not_found" });
    await expect(read(own, "wiped", 9)).rejects.toMatchObject({ code: "secret.version_not_found" });
    expect(await read(own, "wiped")).toBe("kept");
  });

  test("it goes with all its versions, and its name is free again", async () => {
    await createSecret(world, actor, own, draft("gone", "first"));
    await deleteSecret(world, actor, own, "gone");
    await expect(read(own, "gone")).rejects.toMatchObject({ code: "secret.not_found" });
    await createSecret(world, actor, own, draft("gone", "anew"));
    expect(await read(own, "gone")).toBe("anew");
  });

  test("a value has 64 KiB at most, and everything that is wrong is said at once", async () => {
    await createSecret(world, actor, own, draft("large", "x".repeat(65_536)));
    expect(await read(own, "large")).toHaveLength(65_536);
    // Two bytes each: it is bytes that are counted.
    const wrong = { name: "-", description: "x".repeat(1_001), value: "é".repeat(32_769) };
    const failure: unknown = await createSecret(world, actor, own, wrong).catch(
      (error: unknown) => error,
    );
    expect(failure).toMatchObject({
      code: "request.invalid",
      fields: [{ field: "name" }, { field: "description" }, { field: "value" }],
    });
    expect(inspect(failure, { depth: 10 })).not.toContain("éé");
  });
});

describe("the audit of secrets", () => {
  test("every read of a value is recorded, with who and which version", async () => {
    const { id } = await createSecret(world, actor, own, draft("read", "canary"));
    await accessSecretVersion(world, "sa_2", own, { secret: "read", version: 1 });
    await accessSecretVersion(world, "run_1", own, {
      secret: id,
      version: 0,
      operationId: "op_1",
    });
    const reads = (await recordsOf(id)).filter(({ action }) => action === "secret.accessed");
    expect(reads).toMatchObject([
      { actor: "sa_2", detail: { name: "read", version: 1 } },
      { actor: "run_1", detail: { name: "read", version: 1, operation_id: "op_1" } },
    ]);
  });

  test("every change is recorded, and no record holds a value", async () => {
    const { id } = await createSecret(world, actor, own, draft("lived", "canary-1"));
    await updateSecret(world, actor, own, { secret: id, description: "Described" });
    await addSecretVersion(world, actor, own, { secret: id, value: "canary-2" });
    await destroySecretVersion(world, actor, own, { secret: id, version: 1 });
    await read(own, "lived");
    await deleteSecret(world, actor, own, id);
    const records = await recordsOf(id);
    expect(records.map(({ action }) => action)).toEqual([
      "secret.created",
      "secret.updated",
      "secret.version_added",
      "secret.version_destroyed",
      "secret.accessed",
      "secret.deleted",
    ]);
    expect(JSON.stringify(records)).not.toContain("canary");
  });
});
