import type { Clock } from "@holdfast/foundation/clock.ts";
import { assert } from "@holdfast/foundation/failure.ts";
import type { OperationLimits } from "../operation-limits.ts";
import { type FeedMemory, OperationFeed } from "./operation-feed.ts";

/**
 * The feeds of all operations that are under way, and of those that ended a while ago.
 *
 * What ended is kept for some minutes, as long as there is room: first come, first dropped.
 */
export class OperationFeeds implements FeedMemory {
  readonly #clock: Clock;
  readonly #limits: OperationLimits;
  readonly #signal: AbortSignal;
  readonly #live = new Map<string, OperationFeed>();
  /** In the order of their ends. */
  readonly #ended = new Map<string, { readonly feed: OperationFeed; readonly dropAtMs: number }>();
  #usedBytes = 0;
  #isSweeping = false;

  constructor(clock: Clock, limits: OperationLimits, signal: AbortSignal) {
    this.#clock = clock;
    this.#limits = limits;
    this.#signal = signal;
  }

  /** What all feeds weigh together, in bytes. */
  get usedBytes(): number {
    return this.#usedBytes;
  }

  get isOverdrawn(): boolean {
    return this.#usedBytes > this.#limits.ringBytesTotalMax;
  }

  take(bytes: number): void {
    this.#usedBytes += bytes;
  }

  give(bytes: number): void {
    this.#usedBytes -= bytes;
    assert(this.#usedBytes >= 0, "a feed gives back only what it took");
  }

  relieve(): void {
    for (const { feed } of this.#ended.values()) {
      if (!this.isOverdrawn) {
        return;
      }
      feed.shrink();
    }
  }

  /** Begins the feed of an operation. */
  open(
    operationId: string,
    options: { readonly organizationId: string; readonly onTaken: (bytes: number) => void },
  ): OperationFeed {
    const feed = new OperationFeed({ ...options, limits: this.#limits, memory: this });
    this.#live.set(operationId, feed);
    return feed;
  }

  /** The feed of an operation, if it is still kept. */
  find(operationId: string): OperationFeed | undefined {
    return this.#live.get(operationId) ?? this.#ended.get(operationId)?.feed;
  }

  /** Keeps the feed of an operation that has ended, for a while. */
  retire(operationId: string): void {
    const feed = this.#live.get(operationId);
    if (feed === undefined) {
      return;
    }
    this.#live.delete(operationId);
    const dropAtMs = this.#clock.nowMs() + this.#limits.endedKeptMs;
    this.#ended.set(operationId, { feed, dropAtMs });
    this.#dropBeyond(this.#limits.endedKeptMax);
    if (!this.#isSweeping) {
      this.#isSweeping = true;
      // A loop of its own, which ends by itself when nothing is left to drop, or with the process.
      this.#sweep().catch(() => undefined);
    }
  }

  /** Forgets a feed at once. */
  drop(operationId: string): void {
    this.find(operationId)?.discard();
    this.#live.delete(operationId);
    this.#ended.delete(operationId);
  }

  #dropBeyond(max: number): void {
    for (const id of this.#ended.keys()) {
      if (this.#ended.size <= max) {
        return;
      }
      this.drop(id);
    }
  }

  async #sweep(): Promise<void> {
    try {
      for (;;) {
        const [oldest] = this.#ended;
        if (oldest === undefined) {
          return;
        }
        const [id, { dropAtMs }] = oldest;
        const leftMs = dropAtMs - this.#clock.nowMs();
        if (leftMs > 0) {
          await this.#clock.wait(leftMs, this.#signal);
        } else {
          this.drop(id);
        }
      }
    } finally {
      this.#isSweeping = false;
    }
  }
}
