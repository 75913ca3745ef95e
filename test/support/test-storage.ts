import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { migrations } from "@holdfast/control-plane/storage/migrations/migrations.ts";
import { openPglite } from "@holdfast/control-plane/storage/open-embedded-store.ts";
import type { OpenStore } from "@holdfast/control-plane/storage/sql-storage.ts";
import { TestClock } from "./test-clock.ts";

/**
 * An empty store in memory, the real one on PGlite. Starts from a template with all migrations, which the
 * first test of a schema makes and the others load: a third of a second instead of three.
 */
export async function openTestStorage(): Promise<OpenStore> {
  return await openPglite(await openTestPglite(), new TestClock());
}

/** The database of {@link openTestStorage}, for tests that look below the stores. */
export async function openTestPglite(): Promise<PGlite> {
  const path = templatePath();
  const template = (await readFile(path).catch(() => undefined)) ?? (await makeTemplate(path));
  return await PGlite.create({ loadDataDir: new Blob([new Uint8Array(template)]) });
}

function templatePath(): string {
  const schema = createHash("sha256").update(JSON.stringify(migrations)).digest("hex").slice(0, 16);
  return join(tmpdir(), "holdfast-test", `storage-${process.getuid?.() ?? 0}-${schema}.tar`);
}

/** Writes beside and renames, since several test files may make the template at once. */
async function makeTemplate(path: string): Promise<Uint8Array> {
  const pglite = await PGlite.create();
  // Closing the store would close the database, which is dumped first.
  const store = await openPglite(pglite, new TestClock());
  const dump = await pglite.dumpDataDir("none");
  const template = new Uint8Array(await dump.arrayBuffer());
  await store.close();
  await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, template);
  await rename(draft, path);
  return template;
}
