import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import { createRunner } from "./create-runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

const draft = (name: string, description = "") => ({
  organizationId: world.organization.id,
  name,
  description,
});

test("a new runner is enabled, has no service account yet, and is on record with its audit", async () => {
  const runner = await createRunner(world.deps, "sa_admin", draft("prod", "Production."));
  expect(runner).toMatchObject({ isEnabled: true, serviceAccountId: undefined });
  expect(await world.deps.storage.read.runners.find(world.organization.id, "prod")).toEqual(runner);
  expect(await world.audited()).toContain(`runner.created ${runner.id}`);
});

test("everything that is wrong is told at once, and nothing is kept", async () => {
  const wrong = createRunner(world.deps, "sa_admin", draft("Bad Name", "x".repeat(1_001)));
  await expect(wrong).rejects.toMatchObject({
    code: "request.invalid",
    fields: [{ field: "name" }, { field: "description" }],
  });
});

test("a name is taken once in an organization, and is free in another one", async () => {
  await createRunner(world.deps, "sa_admin", draft("twice"));
  await expect(createRunner(world.deps, "sa_admin", draft("twice"))).rejects.toMatchObject({
    code: "runner.exists",
  });
  const elsewhere = { ...draft("twice"), organizationId: world.other.id };
  await expect(createRunner(world.deps, "sa_admin", elsewhere)).resolves.toBeDefined();
});
