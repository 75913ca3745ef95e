import { expect, test } from "vitest";
import { TestClock } from "../../test/support/test-clock.ts";
import type { LoadedCredentials } from "../credentials/load-credentials.ts";
import type { KeeperState } from "../session/tunnel-keeper.ts";
import type { OpenedTunnel } from "../tunnel/tunnel-client.ts";
import { OfflineWatch } from "./offline-watch.ts";

const offlineMsMax = 300_000;

/** A watch that runs, and what it has said. */
class World {
  readonly clock = new TestClock();
  readonly watch = new OfflineWatch(this.clock, offlineMsMax);
  readonly stop = new AbortController();
  readonly said: boolean[] = [];
  #answeredAtMs: number | undefined;

  constructor() {
    void this.watch.run(this.stop.signal).then((isOffline) => this.said.push(isOffline));
  }

  /** Connects; a round trip is answered whenever {@link World.answer} is called. */
  connect(): void {
    const tunnel = {
      lastRoundTrip: () =>
        this.#answeredAtMs === undefined
          ? undefined
          : { ageMs: this.clock.monotonicMs() - this.#answeredAtMs, durationMs: 1 },
    } as Partial<OpenedTunnel> as OpenedTunnel;
    this.note({ kind: "connected", tunnel, credentials: {} as LoadedCredentials });
  }

  note(state: KeeperState): void {
    this.watch.noteState(state);
  }

  answer(): void {
    this.#answeredAtMs = this.clock.monotonicMs();
  }

  async advance(byMs: number): Promise<void> {
    await this.clock.advance(byMs);
    // The watch looks, and then waits again or ends.
    for (let turn = 0; turn < 10; turn += 1) {
      await Promise.resolve();
    }
  }
}

const lost: KeeperState = { kind: "connecting", code: "tunnel.liveness_lost", message: "Lost." };

test("a runner that never had an answer is offline when the time is over, and not before", async () => {
  const world = new World();
  await world.advance(offlineMsMax - 1);
  expect(world.said).toEqual([]);
  await world.advance(1);
  expect(world.said).toEqual([true]);
});

test("a connection in time counts as an answer, and the time begins anew", async () => {
  const world = new World();
  await world.advance(offlineMsMax - 1);
  world.connect();
  await world.advance(offlineMsMax - 1);
  expect(world.said).toEqual([]);
  await world.advance(1);
  expect(world.said).toEqual([true]);
});

test("every round trip counts, also the last one of a tunnel that was lost", async () => {
  const world = new World();
  world.connect();
  await world.advance(200_000);
  world.answer();
  await world.advance(50_000);
  world.note(lost);
  await world.advance(249_999);
  expect(world.said).toEqual([]);
  await world.advance(1);
  expect(world.said).toEqual([true]);
});

test("a reconnect in time prevents the end", async () => {
  const world = new World();
  world.connect();
  world.answer();
  world.note(lost);
  await world.advance(offlineMsMax - 1);
  world.connect();
  await world.advance(1);
  expect(world.said).toEqual([]);
  world.stop.abort();
  await world.advance(0);
  expect(world.said).toEqual([false]);
});
