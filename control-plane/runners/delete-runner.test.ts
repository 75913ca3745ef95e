import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import { deleteRunner } from "./delete-runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

test("with a runner go its service account, its API keys, its credentials and its tunnels", async () => {
  const runner = await world.makeRunner();
  const { file, credentials } = await world.generate(runner);
  const { apiKey } = parseCredentialsFile(file.expose());
  const { account } = await world.authenticateApiKey(apiKey);
  world.deps.tunnels.open({ organizationId: world.organization.id, runnerId: runner.id });
  await deleteRunner(world.deps, "sa_admin", {
    organizationId: world.organization.id,
    runner: runner.name,
  });
  const { read } = world.deps.storage;
  expect(await read.runners.find(world.organization.id, runner.id)).toBeUndefined();
  expect(await read.serviceAccounts.findById(account.id)).toBeUndefined();
  expect(await read.credentials.findBySerial(credentials.certificateSerial)).toBeUndefined();
  await expect(world.authenticateApiKey(apiKey)).rejects.toMatchObject({
    code: "identity.api_key_unknown",
  });
  expect(world.deps.tunnels.ofRunner(runner.id)).toHaveLength(0);
  expect(await world.audited()).toContain(`runner.deleted ${runner.id}`);
});

test("a runner of another organization is not found and keeps its tunnels", async () => {
  const runner = await world.makeRunner();
  world.deps.tunnels.open({ organizationId: world.organization.id, runnerId: runner.id });
  await expect(
    deleteRunner(world.deps, "sa_admin", { organizationId: world.other.id, runner: runner.id }),
  ).rejects.toMatchObject({ code: "runner.not_found" });
  expect(world.deps.tunnels.ofRunner(runner.id)).toHaveLength(1);
});
