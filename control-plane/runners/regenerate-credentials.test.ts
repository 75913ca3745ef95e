import { parseCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import type { MintedCredentials } from "./mint-credentials.ts";
import { regenerateCredentials } from "./regenerate-credentials.ts";
import type { Runner } from "./runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

const regenerate = async (
  runner: Runner,
  overlapSeconds: number,
  change: { lifetimeSeconds?: number; organization?: RunnerWorld["organization"] } = {},
) =>
  await regenerateCredentials(world.deps, "sa_admin", {
    organization: world.organization,
    runner: runner.id,
    certificateRequestPem: "",
    lifetimeSeconds: 0,
    overlapSeconds,
    ...change,
  });

const openTunnel = (runner: Runner, generation: number) =>
  world.deps.tunnels.open({
    organizationId: runner.organizationId,
    runnerId: runner.id,
    generation,
  });

const openGenerations = (runner: Runner) =>
  world.deps.tunnels.ofRunner(runner.id).map(({ identity }) => identity.generation);

const keyWorks = async ({ file }: MintedCredentials): Promise<string> => {
  try {
    await world.authenticateApiKey(parseCredentialsFile(file.expose()).apiKey);
    return "works";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

test("without an overlap every earlier certificate and API key is revoked at once, and live tunnels that use them are cut", async () => {
  const runner = await world.makeRunner();
  const earlier = [await world.generate(runner), await world.generate(runner)];
  const neighbor = await world.makeRunner();
  openTunnel(runner, 1);
  openTunnel(runner, 2);
  openTunnel(neighbor, 1);
  const minted = await regenerate(runner, 0);
  expect(minted.credentials.generation).toBe(3);
  expect(minted.revoked.map(({ generation }) => generation).sort()).toEqual([1, 2]);
  expect(openGenerations(runner)).toEqual([]);
  expect(openGenerations(neighbor)).toEqual([1]);
  expect(await Promise.all([...earlier, minted].map(keyWorks))).toEqual([
    "identity.api_key_revoked",
    "identity.api_key_revoked",
    "works",
  ]);
  const revoked = (await world.generations(runner)).map(({ revokedAtMs }) => revokedAtMs);
  const nowMs = world.deps.clock.nowMs();
  expect(revoked).toEqual([nowMs, nowMs, undefined]);
  expect((await world.audited()).filter((line) => line.endsWith(runner.id)).slice(-3)).toEqual([
    `runner.credentials_revoked ${runner.id}`,
    `runner.credentials_revoked ${runner.id}`,
    `runner.credentials_regenerated ${runner.id}`,
  ]);
});

test("with an overlap the earlier ones stay valid, and their tunnels open", async () => {
  const runner = await world.makeRunner();
  const earlier = await world.generate(runner);
  openTunnel(runner, 1);
  const minted = await regenerate(runner, 900);
  expect(minted.revoked).toEqual([]);
  expect(openGenerations(runner)).toEqual([1]);
  expect(await Promise.all([earlier, minted].map(keyWorks))).toEqual(["works", "works"]);
  const [first, second] = await world.generations(runner);
  expect(first?.revokeAfterMs).toBe(world.deps.clock.nowMs() + 900_000);
  expect(second?.revokeAfterMs).toBeUndefined();
});

test("an overlap that runs is not made longer by another one", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await regenerate(runner, 60);
  await regenerate(runner, 3_600);
  const [first, second] = await world.generations(runner);
  expect(first?.revokeAfterMs).toBe(world.deps.clock.nowMs() + 60_000);
  expect(second?.revokeAfterMs).toBe(world.deps.clock.nowMs() + 3_600_000);
});

test("without an overlap, what an earlier overlap still kept is revoked as well", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await regenerate(runner, 60);
  const { revoked } = await regenerate(runner, 0);
  expect(revoked.map(({ generation }) => generation).sort()).toEqual([1, 2]);
});

test("everything that is wrong is told at once, and nothing is revoked", async () => {
  const runner = await world.makeRunner();
  const earlier = await world.generate(runner);
  await expect(regenerate(runner, 86_401, { lifetimeSeconds: 1 })).rejects.toMatchObject({
    code: "request.invalid",
    fields: [{ field: "lifetime_seconds" }, { field: "overlap_seconds" }],
  });
  expect(await keyWorks(earlier)).toBe("works");
});

test("nobody of another organization revokes anything", async () => {
  const runner = await world.makeRunner();
  const earlier = await world.generate(runner);
  openTunnel(runner, 1);
  await expect(regenerate(runner, 0, { organization: world.other })).rejects.toMatchObject({
    code: "runner.not_found",
  });
  expect(await keyWorks(earlier)).toBe("works");
  expect(openGenerations(runner)).toEqual([1]);
});

test("of two regenerations at the same time exactly one generation remains", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await Promise.all([regenerate(runner, 0), regenerate(runner, 0)]);
  const active = (await world.generations(runner)).filter(
    ({ revokedAtMs }) => revokedAtMs === undefined,
  );
  expect(active.map(({ generation }) => generation)).toEqual([3]);
});
