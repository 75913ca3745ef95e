import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import type { Runner } from "./runner.ts";
import { updateRunner } from "./update-runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

const change = (
  runner: Runner,
  to: { description?: string; isEnabled?: boolean; organizationId?: string },
) => ({
  organizationId: runner.organizationId,
  runner: runner.name,
  description: undefined,
  isEnabled: undefined,
  ...to,
});

test("what is not given stays as it is", async () => {
  const runner = await world.makeRunner();
  const described = await updateRunner(
    world.deps,
    "sa_admin",
    change(runner, { description: "Two." }),
  );
  expect(described).toEqual({ ...runner, description: "Two." });
  const disabled = await updateRunner(world.deps, "sa_admin", change(runner, { isEnabled: false }));
  expect(disabled).toEqual({ ...runner, description: "Two.", isEnabled: false });
});

test("disabling a runner cuts all its tunnels, and no other runner's", async () => {
  const runner = await world.makeRunner();
  const neighbor = await world.makeRunner();
  const { tunnels } = world.deps;
  for (const generation of [1, 2]) {
    tunnels.open({ organizationId: world.organization.id, runnerId: runner.id, generation });
  }
  tunnels.open({ organizationId: world.organization.id, runnerId: neighbor.id });
  await updateRunner(world.deps, "sa_admin", change(runner, { description: "Still on." }));
  expect(tunnels.ofRunner(runner.id)).toHaveLength(2);
  await updateRunner(world.deps, "sa_admin", change(runner, { isEnabled: false }));
  expect(tunnels.ofRunner(runner.id)).toHaveLength(0);
  expect(tunnels.ofRunner(neighbor.id)).toHaveLength(1);
});

test("a runner of another organization is not found, even by its id", async () => {
  const runner = await world.makeRunner();
  const foreign = { ...change(runner, { isEnabled: false }), organizationId: world.other.id };
  await expect(
    updateRunner(world.deps, "sa_admin", { ...foreign, runner: runner.id }),
  ).rejects.toMatchObject({ code: "runner.not_found" });
});
