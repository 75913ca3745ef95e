import type { PGlite } from "@electric-sql/pglite";
import { Kysely, PGliteDialect, sql } from "kysely";
import { afterAll, beforeAll, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { openTestPglite } from "../../test/support/test-storage.ts";
import { migrate } from "./migrate.ts";
import type { Migration } from "./migrations/migration.ts";
import { migrations } from "./migrations/migrations.ts";
import { openPglite } from "./open-embedded-store.ts";
import type { Schema } from "./schema.ts";

const clock = new TestClock();
let pglite: PGlite;
let db: Kysely<Schema>;

beforeAll(async () => {
  pglite = await openTestPglite();
  db = new Kysely<Schema>({ dialect: new PGliteDialect({ pglite }) });
});
afterAll(async () => {
  await db.destroy();
});

/** A step that a later release might add. */
const next: Migration = {
  number: migrations.length + 1,
  name: "next",
  statements: ["alter table organization add column motto text not null default 'onward'"],
};

test("steps are numbered from 1 without gaps", () => {
  expect(migrations.map(({ number }) => number)).toEqual(migrations.map((_, index) => index + 1));
});

test("applying the migrations again changes nothing", async () => {
  expect(await migrate(db, migrations, clock)).toEqual([]);
});

test("a step that fails leaves the store as it was", async () => {
  const broken = { ...next, statements: [...next.statements, "select * from nowhere"] };
  await expect(migrate(db, [...migrations, broken], clock)).rejects.toThrow("nowhere");
  const found =
    await sql`select 1 from information_schema.columns where column_name = 'motto'`.execute(db);
  expect(found.rows).toEqual([]);
});

test("a later step is applied to a store with data, once, and keeps the data", async () => {
  const organization = { id: "org_1", name: "acme", display_name: "", created_at_ms: 1 };
  await db.insertInto("organization").values(organization).execute();
  expect(await migrate(db, [...migrations, next], clock)).toEqual([next.number]);
  expect(await migrate(db, [...migrations, next], clock)).toEqual([]);
  const rows = await db.selectFrom("organization").selectAll().execute();
  expect(rows).toEqual([{ ...organization, motto: "onward" }]);
});

test("a store that a newer version has written is refused", async () => {
  await expect(openPglite(pglite, clock)).rejects.toMatchObject({ code: "store.unreadable" });
});
