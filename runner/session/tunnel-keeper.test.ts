import { Failure } from "@holdfast/foundation/failure.ts";
import { silentLog } from "@holdfast/foundation/log.ts";
import type { ApiClient } from "@holdfast/protocol/grpc/client.ts";
import { formatCredentialsFile } from "@holdfast/protocol/identity/credentials-file.ts";
import { expect, onTestFinished, test } from "vitest";
import { eventually } from "../../test/support/eventually.ts";
import { TestClock } from "../../test/support/test-clock.ts";
import { testCredentials } from "../../test/support/test-credentials.ts";
import { TestRandom } from "../../test/support/test-random.ts";
import { type LoadedCredentials, readCredentials } from "../credentials/load-credentials.ts";
import { Reconnect } from "../tunnel/reconnect.ts";
import type { OpenedTunnel, RoundTrip, TunnelEnd, TunnelRefusal } from "../tunnel/tunnel-client.ts";
import { type KeeperEnd, type KeeperState, TunnelKeeper } from "./tunnel-keeper.ts";

function credentialsOf(generation: number): LoadedCredentials {
  return readCredentials(formatCredentialsFile(testCredentials({ generation })));
}

/** A tunnel that does what the test says. */
class TestTunnel implements OpenedTunnel {
  readonly kind = "opened";
  readonly tunnelId: string;
  readonly serviceAccountId = "sa_1";
  readonly operationsMax = 10;
  // Never called here: the keeper hands the channel to nobody.
  readonly api = {} as ApiClient;
  operationsRunning = 0;
  isDrained = false;
  goodbyes: string[] = [];
  readonly serverDrain = new AbortController();
  readonly #closed = Promise.withResolvers<TunnelEnd>();

  constructor(generation: number, count: number) {
    this.tunnelId = `tun_${generation}_${count}`;
  }
  get draining(): AbortSignal {
    return this.serverDrain.signal;
  }
  get closed(): Promise<TunnelEnd> {
    return this.#closed.promise;
  }
  roundTrip: RoundTrip | undefined;
  lastRoundTrip(): RoundTrip | undefined {
    return this.roundTrip;
  }
  drain(): void {
    this.isDrained = true;
  }
  async goodbye(code: string): Promise<void> {
    this.goodbyes.push(code);
    this.end({ code, isOurs: true });
    await Promise.resolve();
  }
  end(end: Partial<TunnelEnd>): void {
    this.#closed.resolve({
      kind: "lost",
      code: "tunnel.unreachable",
      message: "It is gone.",
      isPermanent: false,
      isOurs: false,
      ...end,
    });
  }
}

const refusal = (code: TunnelRefusal["code"], isPermanent: boolean): TunnelRefusal => ({
  kind: "refused",
  phase: "tunnel",
  code,
  message: "No.",
  isPermanent,
});

/** A keeper whose attempts end as `answers` says, by generation; opened where it says nothing. */
class World {
  readonly clock = new TestClock();
  readonly tunnels: TestTunnel[] = [];
  readonly attempts: number[] = [];
  readonly states: KeeperState[] = [];
  readonly answers = new Map<number, TunnelRefusal>();
  onDisk: LoadedCredentials | undefined = credentialsOf(1);
  readonly stop = new AbortController();
  readonly keeper: TunnelKeeper;
  readonly ended: Promise<KeeperEnd>;

  constructor(answers: readonly (readonly [number, TunnelRefusal])[] = []) {
    for (const [generation, answer] of answers) {
      this.answers.set(generation, answer);
    }
    this.keeper = new TunnelKeeper({
      open: async ({ credentials: { generation } }) => {
        this.attempts.push(generation);
        await Promise.resolve();
        const answer = this.answers.get(generation);
        if (answer !== undefined) {
          return answer;
        }
        const tunnel = new TestTunnel(generation, this.tunnels.length);
        this.tunnels.push(tunnel);
        return tunnel;
      },
      credentials: credentialsOf(1),
      reload: async () => await Promise.resolve(this.onDisk),
      reconnect: new Reconnect({ clock: this.clock, random: new TestRandom() }),
      clock: this.clock,
      log: silentLog,
      onState: (state) => this.states.push(state),
    });
    this.ended = this.keeper.run(this.stop.signal);
    onTestFinished(() => this.stop.abort());
  }

  async tunnel(index: number): Promise<TestTunnel> {
    return await eventually(async () => {
      await this.clock.advance(1_000);
      return this.tunnels[index];
    }, `tunnel ${index}`);
  }

  change(generation: number): void {
    this.keeper.credentialsChanged({ kind: "changed", loaded: credentialsOf(generation) });
  }
}

test("a permanent refusal is never tried again", async () => {
  const world = new World([[1, refusal("certificate.revoked", true)]]);
  expect(await world.ended).toMatchObject({
    kind: "refused",
    refusal: { phase: "tunnel", code: "certificate.revoked" },
  });
  expect(world.attempts).toEqual([1]);
  expect(world.clock.waiting).toBe(0);
});

test("a failure that may pass is tried again, after a pause, until it has passed", async () => {
  const world = new World([[1, refusal("tunnel.unreachable", false)]]);
  await eventually(async () => {
    await world.clock.advance(60_000);
    return world.attempts.length >= 20;
  });
  expect(world.states.every(({ kind }) => kind === "connecting")).toBe(true);
  world.answers.clear();
  await world.tunnel(0);
  expect(world.states.at(-1)?.kind).toBe("connected");
});

test("a tunnel that was lost is opened again", async () => {
  const world = new World();
  (await world.tunnel(0)).end({});
  await world.tunnel(1);
  expect(world.states.map(({ kind }) => kind)).toEqual(["connected", "connecting", "connected"]);
});

test("a tunnel that the control plane ended for good ends the runner", async () => {
  const world = new World();
  const end = { kind: "goodbye", code: "credentials.revoked", isPermanent: true } as const;
  (await world.tunnel(0)).end(end);
  expect(await world.ended).toMatchObject({ kind: "ended", end });
  expect(world.attempts).toEqual([1]);
});

test("revoked credentials are replaced by those that lie on the disk by now", async () => {
  const world = new World();
  const tunnel = await world.tunnel(0);
  world.onDisk = credentialsOf(2);
  tunnel.end({ code: "credentials.revoked", isPermanent: true });
  expect((await world.tunnel(1)).tunnelId).toBe("tun_2_1");
});

test("changed credentials open a tunnel first; the old one ends when its last operation has ended", async () => {
  const world = new World();
  const old = await world.tunnel(0);
  old.operationsRunning = 1;
  world.change(2);
  const next = await world.tunnel(1);
  await eventually(() => old.isDrained);
  for (let seconds = 0; seconds < 60; seconds += 1) {
    await world.clock.advance(1_000);
  }
  expect(old.goodbyes).toEqual([]);
  expect(world.keeper.tunnels).toEqual([next, old]);
  old.operationsRunning = 0;
  await eventually(async () => {
    await world.clock.advance(1_000);
    return old.goodbyes.length > 0;
  });
  expect(old.goodbyes).toEqual(["replaced"]);
  await eventually(() => world.keeper.tunnels.length === 1);
});

test("a tunnel that is left is not closed before what was on its way has come", async () => {
  const world = new World();
  const old = await world.tunnel(0);
  world.change(2);
  await world.tunnel(1);
  await eventually(() => old.isDrained && world.clock.waiting > 0);
  // A ping from before the drain says nothing of what was sent until then.
  await world.clock.advance(5_000);
  old.roundTrip = { ageMs: 5_001, durationMs: 10 };
  await world.clock.advance(1_000);
  old.operationsRunning = 1;
  old.roundTrip = { ageMs: 100, durationMs: 10 };
  await world.clock.advance(1_000);
  await world.clock.advance(1_000);
  expect(old.goodbyes).toEqual([]);
  old.operationsRunning = 0;
  await eventually(async () => {
    await world.clock.advance(100);
    return old.goodbyes.length > 0;
  });
});

test("changed credentials that are refused leave the earlier ones in use", async () => {
  const world = new World([[2, refusal("certificate.expired", true)]]);
  const old = await world.tunnel(0);
  world.onDisk = credentialsOf(2);
  world.change(2);
  await eventually(() => world.attempts.length === 2);
  world.change(3);
  await world.tunnel(1);
  expect(world.attempts).toEqual([1, 2, 3]);
  await eventually(async () => {
    await world.clock.advance(1_000);
    return old.goodbyes.length > 0;
  });
});

test("refused credentials are not tried in turns with revoked ones", async () => {
  const world = new World([[2, refusal("certificate.expired", true)]]);
  const old = await world.tunnel(0);
  world.onDisk = credentialsOf(2);
  world.change(2);
  await eventually(() => world.attempts.length === 2);
  world.answers.set(1, refusal("certificate.revoked", true));
  old.end({});
  await eventually(async () => {
    await world.clock.advance(1_000);
    return world.attempts.length === 3;
  });
  expect(await world.ended).toMatchObject({ refusal: { code: "certificate.revoked" } });
  expect(world.attempts).toEqual([1, 2, 1]);
});

test("a broken credentials file changes nothing", async () => {
  const world = new World();
  const tunnel = await world.tunnel(0);
  const failure = new Failure("credentials.invalid", "It is broken.");
  world.keeper.credentialsChanged({ kind: "unusable", failure });
  await world.clock.advance(60_000);
  expect(world.attempts).toEqual([1]);
  expect(tunnel.isDrained).toBe(false);
});

test("when the control plane drains, another tunnel is opened before the old one is left", async () => {
  const world = new World();
  const old = await world.tunnel(0);
  world.onDisk = undefined;
  old.serverDrain.abort();
  await world.tunnel(1);
  await eventually(async () => {
    await world.clock.advance(1_000);
    return old.goodbyes.length > 0;
  });
  expect(world.states.map(({ kind }) => kind)).toEqual(["connected", "connected"]);
});

test("a stop ends the keeper at once, also in the middle of a pause, and leaves its tunnels to the caller", async () => {
  const world = new World([[1, refusal("tunnel.unreachable", false)]]);
  await eventually(() => world.clock.waiting > 0);
  world.stop.abort();
  expect(await world.ended).toEqual({ kind: "stopped" });
  const other = new World();
  const tunnel = await other.tunnel(0);
  other.stop.abort();
  expect(await other.ended).toEqual({ kind: "stopped" });
  expect(other.keeper.tunnels).toEqual([tunnel]);
  expect(tunnel.goodbyes).toEqual([]);
});
