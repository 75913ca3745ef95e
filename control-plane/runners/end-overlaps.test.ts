import { silentLog } from "@holdfast/foundation/log.ts";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { openRunnerWorld, type RunnerWorld } from "../../test/support/runner-world.ts";
import { credentialsConnected, endOverdueOverlaps, watchOverlaps } from "./end-overlaps.ts";
import { regenerateCredentials } from "./regenerate-credentials.ts";
import { revokeCredentials } from "./revoke-credentials.ts";
import type { Runner } from "./runner.ts";
import { updateRunner } from "./update-runner.ts";

let world: RunnerWorld;
beforeAll(async () => {
  world = await openRunnerWorld();
});
afterAll(async () => await world.close());

const connect = async (runner: Runner, generation: number): Promise<void> => {
  const { organizationId, id: runnerId } = runner;
  world.deps.tunnels.open({ organizationId, runnerId, generation });
  await credentialsConnected(world.deps, { organizationId, runnerId, generation });
};

const regenerate = async (runner: Runner, overlapSeconds: number) =>
  await regenerateCredentials(world.deps, "sa_admin", {
    organization: world.organization,
    runner: runner.id,
    certificateRequestPem: "",
    lifetimeSeconds: 0,
    overlapSeconds,
  });

const active = async (runner: Runner) =>
  (await world.generations(runner))
    .filter(({ revokedAtMs }) => revokedAtMs === undefined)
    .map(({ generation }) => generation);

const open = (runner: Runner) =>
  world.deps.tunnels.ofRunner(runner.id).map(({ identity }) => identity.generation);

test("regenerate-credentials --overlap keeps the earlier ones until the new ones have connected", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await connect(runner, 1);
  await regenerate(runner, 900);
  expect(await active(runner)).toEqual([1, 2]);
  expect(open(runner)).toEqual([1]);
  await connect(runner, 2);
  expect(await active(runner)).toEqual([2]);
  expect(open(runner)).toEqual([2]);
});

test("or until the overlap has passed, and not a moment before", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await connect(runner, 1);
  await regenerate(runner, 900);
  await world.deps.clock.advance(899_999);
  expect(await endOverdueOverlaps(world.deps)).toBe(0);
  expect(open(runner)).toEqual([1]);
  await world.deps.clock.advance(1);
  expect(await endOverdueOverlaps(world.deps)).toBe(1);
  expect(await active(runner)).toEqual([2]);
  expect(open(runner)).toEqual([]);
});

test("a generation that connects without an overlap ends no other one", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await connect(runner, 1);
  await world.generate(runner);
  await connect(runner, 2);
  expect(await active(runner)).toEqual([1, 2]);
  expect(open(runner)).toEqual([1, 2]);
});

test("a generation that the overlap keeps itself ends no other one when it connects for the first time", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await world.generate(runner);
  await connect(runner, 1);
  await regenerate(runner, 900);
  await connect(runner, 2);
  expect(await active(runner)).toEqual([1, 2, 3]);
  expect(open(runner)).toEqual([1, 2]);
  await connect(runner, 3);
  expect(await active(runner)).toEqual([3]);
});

test("the first connection is recorded once", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  const firstMs = world.deps.clock.nowMs();
  await connect(runner, 1);
  await world.deps.clock.advance(60_000);
  await connect(runner, 1);
  const [credentials] = await world.generations(runner);
  expect(credentials?.firstConnectedAtMs).toBe(firstMs);
});

test("a tunnel whose credentials were revoked, or whose runner was disabled, while it was being opened is cut", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await world.generate(runner);
  const { organizationId, id } = runner;
  await revokeCredentials(world.deps, "sa_admin", { organizationId, runner: id, generation: 1 });
  await connect(runner, 1);
  expect(open(runner)).toEqual([]);
  await updateRunner(world.deps, "sa_admin", {
    organizationId,
    runner: id,
    description: undefined,
    isEnabled: false,
  });
  await connect(runner, 2);
  expect(open(runner)).toEqual([]);
});

test("the watch ends overlaps at its own pace, survives a failure, and stops when told to", async () => {
  const runner = await world.makeRunner();
  await world.generate(runner);
  await regenerate(runner, 60);
  const { clock } = world.deps;
  const stop = new AbortController();
  let failures = 0;
  const flaky = {
    ...world.deps,
    storage: {
      ...world.deps.storage,
      get read() {
        failures += 1;
        if (failures === 1) {
          throw new Error("the store is away");
        }
        return world.deps.storage.read;
      },
    },
  };
  const watching = watchOverlaps(flaky, silentLog, stop.signal);
  await vi.waitFor(() => expect(clock.waiting).toBe(1));
  await clock.advance(60_000);
  await vi.waitFor(() => expect(clock.waiting).toBe(1));
  expect(await active(runner)).toEqual([1, 2]);
  await clock.advance(1_000);
  await vi.waitFor(async () => expect(await active(runner)).toEqual([2]));
  stop.abort(new Error("over"));
  await watching;
  expect(clock.waiting).toBe(0);
});
