import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret } from "@holdfast/foundation/secret.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { openMasterKeyFile } from "./master-key-file.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-master-"));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

const clock = new TestClock();
const random = new TestRandom("master");
const identity = { organizationId: "org_1", keyId: "dek_1" };
const key = new Secret(new Uint8Array(32).fill(7));
const open = (name: string, mayMake = true) =>
  openMasterKeyFile({ path: join(folder, name), random, clock, mayMake });

test("the master key is made once, for its owner alone, and read again", async () => {
  const { masterKeyId, wrapped } = await open("once.json").wrap(identity, key);
  expect((await stat(join(folder, "once.json"))).mode & 0o777).toBe(0o600);
  const again = open("once.json", false);
  expect((await again.unwrap(identity, masterKeyId, wrapped)).expose()).toEqual(key.expose());
});

test("a master key that others may read is refused, with the command that mends it", async () => {
  open("seen.json");
  const path = join(folder, "seen.json");
  await chmod(path, 0o640);
  expect(() => open("seen.json")).toThrow(`chmod 600 ${path}`);
});

test("a lost master key is not made anew, and a damaged one is not quoted", async () => {
  expect(() => open("lost.json", false)).toThrow("put it back from a backup");
  await writeFile(join(folder, "damaged.json"), '{"keys": [{"key": "canary"', { mode: 0o600 });
  expect(() => open("damaged.json")).toThrow(
    `${join(folder, "damaged.json")} does not hold a master key.`,
  );
});

test("a wrapped key unwraps for its organization and id only", async () => {
  const master = open("bound.json");
  const { masterKeyId, wrapped } = await master.wrap(identity, key);
  for (const change of [{ organizationId: "org_2" }, { keyId: "dek_2" }]) {
    await expect(
      master.unwrap({ ...identity, ...change }, masterKeyId, wrapped),
    ).rejects.toMatchObject({ code: "secret.undecryptable" });
  }
  await expect(master.unwrap(identity, "kek_none", wrapped)).rejects.toMatchObject({
    code: "secret.undecryptable",
  });
});

test("a new master key is on disk before it is used, and every process uses it from then on", async () => {
  const one = open("shared.json");
  const two = open("shared.json");
  const before = await one.wrap(identity, key);
  const id = await one.advance();
  expect(await readFile(join(folder, "shared.json"), "utf8")).toContain(id);
  expect((await two.wrap(identity, key)).masterKeyId).toBe(id);
  expect((await two.unwrap(identity, before.masterKeyId, before.wrapped)).expose()).toEqual(
    key.expose(),
  );
  await two.dropEarlier();
  await expect(one.unwrap(identity, before.masterKeyId, before.wrapped)).rejects.toMatchObject({
    code: "secret.undecryptable",
  });
});
