import { chmod, mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { openEmbeddedStore } from "./open-embedded-store.ts";

const clock = new TestClock();
const organization = { id: "org_1", name: "acme", displayName: "Acme", createdAtMs: 1 };
let parent = "";
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "holdfast-store-"));
});
afterAll(async () => {
  await rm(parent, { recursive: true });
});

test("what was written is there when the store is opened again, and nobody else may enter", async () => {
  const directory = join(parent, "data", "store");
  const first = await openEmbeddedStore({ directory, clock });
  await first.storage.write(async ({ organizations }) => await organizations.insert(organization));
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  await expect(openEmbeddedStore({ directory, clock })).rejects.toMatchObject({
    code: "store.locked",
    message: `The store is in use by the process ${process.pid}.`,
  });
  await first.close();
  const second = await openEmbeddedStore({ directory, clock });
  expect(await second.storage.read.organizations.find("acme")).toEqual(organization);
  await second.close();
});

test("a directory that others may enter is refused, with the command that mends it", async () => {
  const directory = join(parent, "open");
  await mkdir(directory);
  await chmod(directory, 0o750);
  await expect(openEmbeddedStore({ directory, clock })).rejects.toMatchObject({
    code: "store.insecure_mode",
    message: `Others than the owner may use ${directory} (mode 750): run \`chmod 700 ${directory}\`.`,
  });
});
