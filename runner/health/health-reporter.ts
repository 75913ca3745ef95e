import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { KeeperState } from "../session/tunnel-keeper.ts";
import type { RoundTrip } from "../tunnel/tunnel-client.ts";
import type { HealthFile } from "./health-file.ts";
import type { HealthReport, HealthState } from "./health-report.ts";

/** After how long without an answer a runner is unhealthy, in milliseconds: two times what liveness allows. */
const staleAfterMs = 30_000;

/** How often the last round trip is looked at, in milliseconds. */
const lookEveryMs = 1_000;

/** Keeps the health file up to date with what the tunnel finds. */
export class HealthReporter {
  readonly #file: HealthFile;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #runnerId: string;
  #state: KeeperState = {
    kind: "connecting",
    code: "tunnel.unreachable",
    message: "The runner is starting.",
  };
  #isDraining = false;
  #lastRoundTripAtMs = 0;
  #roundTripMs = 0;

  constructor(file: HealthFile, clock: Clock, log: Log, runnerId: string) {
    this.#file = file;
    this.#clock = clock;
    this.#log = log;
    this.#runnerId = runnerId;
  }

  /** Takes note of a change and writes it. */
  noteState(state: KeeperState): void {
    this.#state = state;
    this.#look();
    void this.#write();
  }

  /** Takes note that the runner is ending in order. */
  noteDraining(): void {
    this.#isDraining = true;
    void this.#write();
  }

  /** Writes each new round trip until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#write();
    while (await waits(this.#clock, signal)) {
      if (this.#look()) {
        await this.#write();
      }
    }
  }

  /** Whether there has been a newer round trip. */
  #look(): boolean {
    const last: RoundTrip | undefined =
      this.#state.kind === "connected" ? this.#state.tunnel.lastRoundTrip() : undefined;
    if (last === undefined) {
      return false;
    }
    const atMs = Math.round(this.#clock.nowMs() - last.ageMs);
    // The two clocks behind age and now drift by a little: less than this is the same round trip.
    const isNewer = atMs > this.#lastRoundTripAtMs + 50;
    if (isNewer) {
      this.#lastRoundTripAtMs = atMs;
      this.#roundTripMs = last.durationMs;
    }
    return isNewer;
  }

  async #write(): Promise<void> {
    try {
      await this.#file.write(this.#report());
    } catch (error) {
      this.#log.error("health file could not be written", {}, error);
    }
  }

  #report(): HealthReport {
    const state = this.#state;
    const isConnected = state.kind === "connected";
    return {
      version: 1,
      state: this.#stateName(),
      code: isConnected ? "" : state.code,
      message: isConnected ? "" : state.message,
      lastRoundTripAtMs: this.#lastRoundTripAtMs,
      roundTripMs: this.#roundTripMs,
      staleAfterMs,
      runnerId: this.#runnerId,
      tunnelId: isConnected ? state.tunnel.tunnelId : "",
      pid: process.pid,
    };
  }

  #stateName(): HealthState {
    return this.#isDraining ? "draining" : this.#state.kind;
  }
}

async function waits(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.wait(lookEveryMs, signal);
    return true;
  } catch (error) {
    if (signal.aborted) {
      return false;
    }
    throw error;
  }
}
