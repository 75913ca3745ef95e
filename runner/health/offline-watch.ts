import type { Clock } from "@holdfast/foundation/clock.ts";
import type { KeeperState } from "../session/tunnel-keeper.ts";
import type { OpenedTunnel } from "../tunnel/tunnel-client.ts";

/**
 * Notices that there has been no answer from the control plane for too long.
 *
 * For platforms that cannot ask a container for its health and only start it anew when it ends. It asks
 * what `holdfast-runner health` asks: when the last real round trip through the tunnel was.
 */
export class OfflineWatch {
  readonly #clock: Clock;
  readonly #offlineMsMax: number;
  #tunnel: OpenedTunnel | undefined;
  #contactAtMs: number;

  /** @param offlineMsMax how long it may take from the start, or from an answer, to the next answer. */
  constructor(clock: Clock, offlineMsMax: number) {
    this.#clock = clock;
    this.#offlineMsMax = offlineMsMax;
    this.#contactAtMs = clock.monotonicMs();
  }

  /** Takes note of a change: both phases of a start that have passed are answers too. */
  noteState(state: KeeperState): void {
    if (state.kind === "connected") {
      this.#contactAtMs = this.#clock.monotonicMs();
      // Kept when it is lost: its last round trip counts.
      this.#tunnel = state.tunnel;
    }
  }

  /** Waits until there was no answer for too long, and says true; or until `signal` aborts, and says false. */
  async run(signal: AbortSignal): Promise<boolean> {
    for (;;) {
      const leftMs = this.#offlineMsMax - this.#silenceMs();
      if (leftMs <= 0) {
        return true;
      }
      try {
        await this.#clock.wait(leftMs, signal);
      } catch (error) {
        if (signal.aborted) {
          return false;
        }
        throw error;
      }
    }
  }

  #silenceMs(): number {
    const sinceContactMs = this.#clock.monotonicMs() - this.#contactAtMs;
    return Math.min(sinceContactMs, this.#tunnel?.lastRoundTrip()?.ageMs ?? sinceContactMs);
  }
}
