import { afterAll, beforeAll, expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { openTestStorage } from "../../test/support/test-storage.ts";
import type { OpenStore } from "../storage/sql-storage.ts";
import {
  createOrganization,
  deleteOrganization,
  type OrganizationDependencies,
  updateOrganization,
} from "./organization-life-cycle.ts";

let store: OpenStore;
let deps: OrganizationDependencies;
const actor = "sa_1";

beforeAll(async () => {
  store = await openTestStorage();
  deps = {
    storage: store.storage,
    clock: new TestClock(),
    random: new TestRandom("organizations"),
  };
});
afterAll(async () => {
  await store.close();
});

test("an organization is made, renamed for people and deleted, and each step is recorded", async () => {
  const { audit, organizations } = store.storage.read;
  const made = await createOrganization(deps, actor, { name: "acme", displayName: "Acme" });
  expect(made.id).toMatch(/^org_[0-9A-Za-z]{22}$/);
  expect(await organizations.find("acme")).toEqual(made);
  const changed = await updateOrganization(deps, actor, made, "Acme Limited");
  expect(await organizations.find(made.id)).toEqual({ ...made, displayName: "Acme Limited" });
  await deleteOrganization(deps, actor, changed);
  expect(await organizations.find("acme")).toBeUndefined();
  // Its own chain outlives it; the deletion is in the installation's.
  expect(await audit.export(made.id, 0, 5)).toMatchObject([
    { action: "organization.created", actor, subject: made.id, detail: { name: "acme" } },
    { action: "organization.updated", actor, subject: made.id },
  ]);
  expect(await audit.export(undefined, 0, 5)).toMatchObject([
    { action: "organization.deleted", actor, subject: made.id, detail: { name: "acme" } },
  ]);
});

test("the name of an organization that was deleted is free again, its id never recurs", async () => {
  const first = await createOrganization(deps, actor, { name: "again", displayName: "" });
  await expect(
    createOrganization(deps, actor, { name: "again", displayName: "" }),
  ).rejects.toMatchObject({ code: "organization.exists" });
  await deleteOrganization(deps, actor, first);
  const second = await createOrganization(deps, actor, { name: "again", displayName: "" });
  expect(second.id).not.toBe(first.id);
});

test("an organization that still has something is not deleted, and no deletion is recorded", async () => {
  const { storage } = store;
  const organization = await createOrganization(deps, actor, { name: "full", displayName: "" });
  await storage.write(async ({ runners }) => {
    await runners.insert({
      id: "run_1",
      organizationId: organization.id,
      name: "runner",
      description: "",
      isEnabled: true,
      serviceAccountId: undefined,
      createdAtMs: 0,
      lastSeenAtMs: undefined,
    });
  });
  await expect(deleteOrganization(deps, actor, organization)).rejects.toMatchObject({
    code: "organization.not_empty",
  });
  expect(await storage.read.organizations.find("full")).toEqual(organization);
  const records = await storage.read.audit.export(undefined, 0, 100);
  expect(records.filter(({ subject }) => subject === organization.id)).toEqual([]);
});

test("a name must be well formed, and a display name short", async () => {
  for (const name of ["", "Acme", "1acme", "acme-", "a".repeat(64), "a_b", "acme\n"]) {
    await expect(
      createOrganization(deps, actor, { name, displayName: "x".repeat(1_001) }),
    ).rejects.toMatchObject({
      code: "request.invalid",
      fields: [{ field: "name" }, { field: "display_name" }],
    });
  }
});
