import { Failure } from "@holdfast/foundation/failure.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import type { Tunnel, Tunnels } from "../../tunnel/tunnels.ts";
import type { Operation, OperationFailure } from "../operation.ts";
import type { OperationLimits } from "../operation-limits.ts";
import { chooseTunnel, type TunnelChoice } from "./choose-tunnel.ts";
import type { LiveOperation } from "./live-operation.ts";

/** A place in a tunnel, taken before the operation is sent. */
export interface Lease {
  readonly tunnel: Tunnel;
  release(): void;
}

/** A place in a runner's queue, taken before the operation is recorded. */
export interface QueuePlace {
  /** Fills the place. */
  fill(live: LiveOperation): void;
  /** Gives the place up. */
  leave(): void;
}

/** What becomes of an operation that was just asked for. */
export type Placement =
  | { readonly kind: "send"; readonly lease: Lease }
  | { readonly kind: "wait"; readonly place: QueuePlace }
  | { readonly kind: "refuse"; readonly failure: OperationFailure };

interface Entry {
  live: LiveOperation | undefined;
  readonly bytes: number;
}

const disconnected = describeFailure("runner.not_connected", "The runner is not connected.");

/**
 * Decides which tunnel takes which operation, and keeps those that have to wait: in order, per
 * runner, bounded in number and in bytes.
 */
export class Dispatcher {
  readonly #tunnels: Tunnels;
  readonly #limits: OperationLimits;
  readonly #queues = new Map<string, Entry[]>();
  readonly #leased = new Map<string, number>();
  /** How many operations a runner takes at once, where it has said that it was full. */
  readonly #runnerMax = new Map<string, number>();
  #queuedBytes = 0;

  constructor(tunnels: Tunnels, limits: OperationLimits) {
    this.#tunnels = tunnels;
    this.#limits = limits;
    const changed = ({ identity }: Tunnel): void => {
      // Another process of the runner may take more.
      this.#runnerMax.delete(identity.runnerId);
      this.#pump(identity.runnerId);
    };
    tunnels.onOpened(changed);
    tunnels.onClosed(changed);
  }

  /** How many operations wait for a runner. */
  waiting(runnerId: string): number {
    return this.#queues.get(runnerId)?.length ?? 0;
  }

  /**
   * Takes a place for an operation: in a tunnel if one is free, else in the queue.
   *
   * @throws {Failure} `runner.queue_full`.
   */
  place(
    operation: Operation,
    options: { readonly waits: boolean; readonly inputBytes: number },
  ): Placement {
    const choice = this.#choose(operation);
    switch (choice.kind) {
      case "chosen":
        // Whoever waits already goes first.
        return this.waiting(operation.runnerId) > 0
          ? { kind: "wait", place: this.#takePlace(operation.runnerId, options.inputBytes) }
          : { kind: "send", lease: this.#lease(choice.tunnel) };
      case "unsupported":
        return { kind: "refuse", failure: unsupported(operation) };
      case "disconnected":
        return options.waits
          ? { kind: "wait", place: this.#takePlace(operation.runnerId, options.inputBytes) }
          : { kind: "refuse", failure: disconnected };
      case "busy":
      case "draining":
        return { kind: "wait", place: this.#takePlace(operation.runnerId, options.inputBytes) };
    }
  }

  /** Sends an operation through the tunnel of its lease; another one takes it if that one is gone. */
  async depart(live: LiveOperation, lease: Lease): Promise<void> {
    try {
      const request = await live.prepare(lease.tunnel);
      if (request === undefined) {
        return;
      }
      // Nothing may be awaited between this check and the sending.
      if (this.#isUsable(lease.tunnel)) {
        live.execute(lease.tunnel, request);
      } else {
        this.takeBack(live);
      }
    } finally {
      lease.release();
      this.#pump(lease.tunnel.identity.runnerId);
    }
  }

  /** Takes back an operation that has not begun: it keeps its turn, whatever the queue's length. */
  takeBack(live: LiveOperation): void {
    const { runnerId, createdAtMs } = live.operation;
    const queue = this.#queueOf(runnerId);
    const later = queue.findIndex(
      (entry) => entry.live === undefined || entry.live.operation.createdAtMs > createdAtMs,
    );
    queue.splice(later < 0 ? queue.length : later, 0, { live, bytes: live.inputBytes });
    this.#queuedBytes += live.inputBytes;
    this.#pump(runnerId);
  }

  /** Takes note that a runner has refused an operation because it has enough of them. */
  runnerIsFull(runnerId: string): void {
    const running = this.#tunnels
      .ofRunner(runnerId)
      .reduce((sum, tunnel) => sum + this.#loadOf(tunnel), 0);
    this.#runnerMax.set(runnerId, Math.max(1, running));
  }

  /** Forgets an operation that has ended, and lets the next one through. */
  forget(live: LiveOperation): void {
    const { runnerId } = live.operation;
    const entry = this.#queues.get(runnerId)?.find((each) => each.live === live);
    if (entry !== undefined) {
      this.#remove(runnerId, entry);
    }
    this.#pump(runnerId);
  }

  #pump(runnerId: string): void {
    // Each turn takes one entry out of the queue, or is the last.
    for (;;) {
      const [entry] = this.#queues.get(runnerId) ?? [];
      // A place that is not filled yet is being recorded: the order holds.
      if (entry?.live === undefined || !this.#advance(runnerId, entry, entry.live)) {
        return;
      }
    }
  }

  /** Deals with the entry that has waited longest; false if it has to go on waiting. */
  #advance(runnerId: string, entry: Entry, live: LiveOperation): boolean {
    if (live.hasEnded) {
      this.#remove(runnerId, entry);
      return true;
    }
    const choice = this.#choose(live.operation);
    switch (choice.kind) {
      case "chosen":
        this.#remove(runnerId, entry);
        // Its own failures end the operation; it has none for us.
        void this.depart(live, this.#lease(choice.tunnel));
        return true;
      case "unsupported":
        this.#remove(runnerId, entry);
        live.fail(unsupported(live.operation));
        return true;
      case "disconnected":
        this.#failThoseThatDoNotWait(runnerId);
        return false;
      case "busy":
      case "draining":
        return false;
    }
  }

  #failThoseThatDoNotWait(runnerId: string): void {
    for (const entry of [...(this.#queues.get(runnerId) ?? [])]) {
      if (entry.live !== undefined && !entry.live.waits) {
        this.#remove(runnerId, entry);
        entry.live.fail(disconnected);
      }
    }
  }

  #choose(operation: Operation): TunnelChoice {
    return chooseTunnel(this.#tunnels.ofRunner(operation.runnerId), operation, {
      max: this.#limits.runningPerTunnelMax,
      runnerMax: this.#runnerMax.get(operation.runnerId) ?? Number.POSITIVE_INFINITY,
      loadOf: (tunnel) => this.#loadOf(tunnel),
    });
  }

  #loadOf(tunnel: Tunnel): number {
    return tunnel.operationsRunning + (this.#leased.get(tunnel.identity.tunnelId) ?? 0);
  }

  #isUsable(tunnel: Tunnel): boolean {
    return !tunnel.isDraining && this.#tunnels.ofRunner(tunnel.identity.runnerId).includes(tunnel);
  }

  #lease(tunnel: Tunnel): Lease {
    const { tunnelId } = tunnel.identity;
    this.#leased.set(tunnelId, (this.#leased.get(tunnelId) ?? 0) + 1);
    return {
      tunnel,
      release: () => {
        const left = (this.#leased.get(tunnelId) ?? 0) - 1;
        if (left > 0) {
          this.#leased.set(tunnelId, left);
        } else {
          this.#leased.delete(tunnelId);
        }
      },
    };
  }

  #takePlace(runnerId: string, bytes: number): QueuePlace {
    this.#checkRoom(runnerId, bytes);
    const entry: Entry = { live: undefined, bytes };
    this.#queueOf(runnerId).push(entry);
    this.#queuedBytes += bytes;
    return {
      fill: (live) => {
        entry.live = live;
        this.#pump(runnerId);
      },
      leave: () => {
        this.#remove(runnerId, entry);
        this.#pump(runnerId);
      },
    };
  }

  #checkRoom(runnerId: string, bytes: number): void {
    const queue = this.#queues.get(runnerId) ?? [];
    const { queuedPerRunnerMax, queuedBytesPerRunnerMax, queuedBytesMax } = this.#limits;
    const queuedBytes = queue.reduce((sum, entry) => sum + entry.bytes, 0);
    if (queue.length >= queuedPerRunnerMax) {
      throw new Failure(
        "runner.queue_full",
        `${queuedPerRunnerMax} operations wait for the runner already.`,
      );
    }
    if (
      queuedBytes + bytes > queuedBytesPerRunnerMax ||
      this.#queuedBytes + bytes > queuedBytesMax
    ) {
      throw new Failure("runner.queue_full", "The inputs that wait for runners are too large.");
    }
  }

  #queueOf(runnerId: string): Entry[] {
    const queue = this.#queues.get(runnerId) ?? [];
    this.#queues.set(runnerId, queue);
    return queue;
  }

  #remove(runnerId: string, entry: Entry): void {
    const queue = this.#queues.get(runnerId) ?? [];
    const index = queue.indexOf(entry);
    if (index >= 0) {
      queue.splice(index, 1);
      this.#queuedBytes -= entry.bytes;
    }
    if (queue.length === 0) {
      this.#queues.delete(runnerId);
    }
  }
}

function unsupported(operation: Operation): OperationFailure {
  return describeFailure(
    "operation.unsupported",
    `The runner does not know operations of the kind ${operation.kind}.`,
  );
}
