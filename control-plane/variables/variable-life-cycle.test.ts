import { afterAll, beforeAll, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { openTestStorage } from "../../test/support/test-storage.ts";
import type { OpenStore } from "../storage/sql-storage.ts";
import {
  createVariable,
  deleteVariable,
  findVariable,
  updateVariable,
  type VariableDependencies,
} from "./variable-life-cycle.ts";

let store: OpenStore;
let deps: VariableDependencies;
const clock = new TestClock();
const [own, other, actor] = ["org_own", "org_other", "sa_1"];

beforeAll(async () => {
  store = await openTestStorage();
  deps = { storage: store.storage, clock, random: new TestRandom("variables") };
  await store.storage.write(async ({ organizations }) => {
    for (const [id, name] of [
      [own, "own"],
      [other, "other"],
    ] as const) {
      await organizations.insert({ id, name, displayName: "", createdAtMs: 0 });
    }
  });
});
afterAll(async () => {
  await store.close();
});

const draft = (name: string, value = "value") => ({ name, description: "", value });
const find = async (organizationId: string, variable: string, version = 0) =>
  await findVariable(store.storage.read, organizationId, { variable, version });

test("a new value becomes a new version, and the earlier ones stay readable", async () => {
  await createVariable(deps, actor, own, draft("region", "eu-central-1"));
  await clock.advance(1);
  const change = { variable: "region", description: undefined, value: "us-east-1" };
  const changed = await updateVariable(deps, actor, own, change);
  expect(changed).toMatchObject({ version: 2, value: "us-east-1", updatedAtMs: clock.nowMs() });
  expect((await find(own, "region", 1)).value).toBe("eu-central-1");
  expect(await find(own, "region")).toEqual(changed);
});

test("the same value again writes no version", async () => {
  await createVariable(deps, actor, own, draft("same"));
  const change = { variable: "same", description: "Described", value: "value" };
  expect(await updateVariable(deps, actor, own, change)).toMatchObject({
    version: 1,
    description: "Described",
  });
});

test("many who write at once each write a version of their own", async () => {
  await createVariable(deps, actor, own, draft("raced", "0"));
  const values = ["1", "2", "3", "4"];
  await Promise.all(
    values.map(async (value) => {
      await updateVariable(deps, actor, own, { variable: "raced", description: undefined, value });
    }),
  );
  const written = await Promise.all(
    [2, 3, 4, 5].map(async (version) => (await find(own, "raced", version)).value),
  );
  expect(written.toSorted()).toEqual(values);
});

test("a name taken in one organization is free in another, where it is not found", async () => {
  const { id } = await createVariable(deps, actor, own, draft("shared", "ours"));
  await expect(find(other, "shared")).rejects.toMatchObject({ code: "variable.not_found" });
  await createVariable(deps, actor, other, draft("shared", "theirs"));
  await expect(createVariable(deps, actor, own, draft("shared"))).rejects.toMatchObject({
    code: "variable.exists",
  });
  expect((await find(other, "shared")).value).toBe("theirs");
  await expect(deleteVariable(deps, actor, other, id)).rejects.toMatchObject({
    code: "variable.not_found",
  });
  await deleteVariable(deps, actor, own, id);
  await expect(find(own, "shared")).rejects.toMatchObject({ code: "variable.not_found" });
});

test("every change is recorded", async () => {
  const { id } = await createVariable(deps, actor, own, draft("lived"));
  await updateVariable(deps, actor, own, { variable: id, description: undefined, value: "b" });
  await deleteVariable(deps, actor, own, id);
  const records = await store.storage.read.audit.export(own, 0, 500);
  expect(records.filter(({ subject }) => subject === id)).toMatchObject([
    { action: "variable.created", actor, detail: { name: "lived", version: 1 } },
    { action: "variable.updated", actor, detail: { version: 2 } },
    { action: "variable.deleted", actor },
  ]);
});

test("everything that is wrong is said at once", async () => {
  const wrong = { name: "Wrong", description: "x".repeat(1_001), value: "x".repeat(65_537) };
  await expect(createVariable(deps, actor, own, wrong)).rejects.toMatchObject({
    code: "request.invalid",
    fields: [{ field: "name" }, { field: "description" }, { field: "value" }],
  });
});
