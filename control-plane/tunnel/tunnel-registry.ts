import type { FailureCode } from "@holdfast/foundation/failure-catalog.ts";
import type { Tunnel, TunnelSelection, Tunnels } from "./tunnels.ts";

/** A tunnel that can be cut. */
export interface CuttableTunnel extends Tunnel {
  /** Says goodbye and closes at once. */
  cut(code: FailureCode, message: string, isPermanent: boolean): void;
  /** Says goodbye after what is queued; resolves when that has been sent, or could not be. */
  goodbye(code: "drain", message: string): Promise<void>;
}

/** All tunnels that are open in this process. */
export class TunnelRegistry implements Tunnels {
  readonly #byRunner = new Map<string, Set<CuttableTunnel>>();
  readonly #opened: ((tunnel: Tunnel) => void)[] = [];
  readonly #closed: ((tunnel: Tunnel) => void)[] = [];

  ofRunner(runnerId: string): readonly CuttableTunnel[] {
    return [...(this.#byRunner.get(runnerId) ?? [])];
  }

  *all(): Generator<CuttableTunnel> {
    for (const tunnels of this.#byRunner.values()) {
      yield* tunnels;
    }
  }

  cut(selection: TunnelSelection, code: FailureCode, message: string): number {
    const { generations } = selection;
    const chosen = this.ofRunner(selection.runnerId).filter(
      ({ identity }) => generations === undefined || generations.includes(identity.generation),
    );
    for (const tunnel of chosen) {
      tunnel.cut(code, message, true);
    }
    return chosen.length;
  }

  onOpened(listener: (tunnel: Tunnel) => void): void {
    this.#opened.push(listener);
  }

  onClosed(listener: (tunnel: Tunnel) => void): void {
    this.#closed.push(listener);
  }

  /** A tunnel has passed both phases. */
  add(tunnel: CuttableTunnel): void {
    const { runnerId } = tunnel.identity;
    const present = this.#byRunner.get(runnerId) ?? new Set();
    this.#byRunner.set(runnerId, present.add(tunnel));
    for (const listener of this.#opened) {
      listener(tunnel);
    }
  }

  /** A tunnel has ended. Safe to repeat. */
  remove(tunnel: CuttableTunnel): void {
    const { runnerId } = tunnel.identity;
    const present = this.#byRunner.get(runnerId);
    if (present?.delete(tunnel) !== true) {
      return;
    }
    if (present.size === 0) {
      this.#byRunner.delete(runnerId);
    }
    for (const listener of this.#closed) {
      listener(tunnel);
    }
  }
}
