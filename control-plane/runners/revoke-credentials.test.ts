import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import { revokeCredentials } from "./revoke-credentials.ts";
import type { Runner } from "./runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

const revoke = async (runner: Runner, generation: number, organizationId = runner.organizationId) =>
  await revokeCredentials(world.deps, "sa_admin", {
    organizationId,
    runner: runner.id,
    generation,
  });

test("one generation is revoked with its API key, its tunnels are cut, and the others stay", async () => {
  const runner = await world.makeRunner();
  const [first, second] = [await world.generate(runner), await world.generate(runner)];
  for (const generation of [1, 2]) {
    const { organizationId, id: runnerId } = runner;
    world.deps.tunnels.open({ organizationId, runnerId, generation });
  }
  const revoked = await revoke(runner, 1);
  expect(revoked.revokedAtMs).toBe(world.deps.clock.nowMs());
  const open = world.deps.tunnels.ofRunner(runner.id).map(({ identity }) => identity.generation);
  expect(open).toEqual([2]);
  const keyOf = ({ file }: typeof first) => parseCredentialsFile(file.expose()).apiKey;
  await expect(world.authenticateApiKey(keyOf(first))).rejects.toMatchObject({
    code: "identity.api_key_revoked",
  });
  await expect(world.authenticateApiKey(keyOf(second))).resolves.toBeDefined();
});

test("revoking again changes nothing, the moment of the first time included", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  const first = await revoke(runner, 1);
  await world.deps.clock.advance(5_000);
  expect((await revoke(runner, 1)).revokedAtMs).toBe(first.revokedAtMs);
  const lines = (await world.audited()).filter(
    (line) => line === `runner.credentials_revoked ${runner.id}`,
  );
  expect(lines).toHaveLength(1);
});

test("a generation that was never minted is not found, nor is one of another organization", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await expect(revoke(runner, 2)).rejects.toMatchObject({ code: "credentials.not_found" });
  await expect(revoke(runner, 1, world.other.id)).rejects.toMatchObject({
    code: "runner.not_found",
  });
});
