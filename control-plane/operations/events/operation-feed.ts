import { Failure } from "@holdfast/foundation/failure.ts";
import type { OperationLimits } from "../operation-limits.ts";
import { EventRing } from "./event-ring.ts";
import { type OperationEvent, type WatchedEvent, weightOf } from "./operation-event.ts";

/** The memory that all feeds share. */
export interface FeedMemory {
  readonly isOverdrawn: boolean;
  take(bytes: number): void;
  give(bytes: number): void;
  /** Frees what nobody is bound to need, until it is no longer overdrawn or there is nothing left. */
  relieve(): void;
}

/** Who watches, and from where. */
export interface WatchOptions {
  /** Offset of the first event wanted. */
  readonly offset: number;
  /**
   * Whether the runner waits for this watcher. Only those who asked for the operation slow it down:
   * anybody else who is slow finds a gap.
   */
  readonly holdsBack: boolean;
  readonly signal: AbortSignal;
}

interface Watcher {
  cursor: number;
  readonly holdsBack: boolean;
}

/**
 * What happens to one operation, for everyone who watches it.
 *
 * The latest events are kept, so that a watcher can come late, or come back. Bytes of items count as
 * taken once the slowest watcher that holds back has taken them, or at once if there is none; only
 * then the runner may send more. So memory is bounded whatever a slow watcher does.
 */
export class OperationFeed {
  readonly organizationId: string;
  readonly #limits: OperationLimits;
  readonly #memory: FeedMemory;
  readonly #onTaken: (bytes: number) => void;
  readonly #ring = new EventRing<OperationEvent>();
  readonly #watchers = new Set<Watcher>();
  readonly #wakes = new Set<() => void>();
  #takenThrough = 0;
  #isEnded = false;

  constructor(options: {
    readonly organizationId: string;
    readonly limits: OperationLimits;
    readonly memory: FeedMemory;
    /** Called when so many bytes of items have been taken. */
    readonly onTaken: (bytes: number) => void;
  }) {
    this.organizationId = options.organizationId;
    this.#limits = options.limits;
    this.#memory = options.memory;
    this.#onTaken = options.onTaken;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Adds what happened. */
  publish(event: OperationEvent): void {
    const weight = weightOf(event);
    this.#ring.push(event, weight);
    this.#memory.take(weight);
    this.#settle();
    this.#wakeAll();
  }

  /** Says that nothing more will happen. */
  end(): void {
    this.#isEnded = true;
    this.#wakeAll();
  }

  /** Frees everything but the last event, which says how the operation ended. */
  shrink(): void {
    while (this.#ring.size > 1) {
      this.#drop();
    }
  }

  /** Frees everything: nobody can find the feed any more. */
  discard(): void {
    while (this.#ring.size > 0) {
      this.#drop();
    }
  }

  /**
   * Everything from an offset on, until the operation ends or `signal` aborts.
   *
   * @throws {Failure} `request.rate_limited` if too many watch it already.
   */
  async *watch(options: WatchOptions): AsyncGenerator<WatchedEvent, void, undefined> {
    if (this.#watchers.size >= this.#limits.watchersMax) {
      throw new Failure(
        "request.rate_limited",
        `${this.#limits.watchersMax} calls watch this operation already.`,
      );
    }
    const watcher: Watcher = { cursor: options.offset, holdsBack: options.holdsBack };
    this.#watchers.add(watcher);
    try {
      while (!options.signal.aborted) {
        const next = this.#nextFor(watcher);
        if (next !== undefined) {
          yield next;
          // Only now the watcher has taken it: it asks for more.
          watcher.cursor = next.offset + 1;
          this.#settle();
        } else if (this.#isEnded) {
          return;
        } else {
          await this.#change(options.signal);
        }
      }
    } finally {
      this.#watchers.delete(watcher);
      this.#settle();
    }
  }

  #nextFor(watcher: Watcher): WatchedEvent | undefined {
    const { firstOffset } = this.#ring;
    if (watcher.cursor < firstOffset) {
      const missed = firstOffset - watcher.cursor;
      return { offset: firstOffset - 1, event: { kind: "gap", missed } };
    }
    const event = this.#ring.at(watcher.cursor);
    return event === undefined ? undefined : { offset: watcher.cursor, event };
  }

  /** Counts as taken what nobody holds back, and makes room. */
  #settle(): void {
    const floor = this.#floor();
    let taken = 0;
    for (; this.#takenThrough < floor; this.#takenThrough += 1) {
      taken += itemBytes(this.#ring.at(this.#takenThrough));
    }
    // The newest two stay, however large: the output and the state that follows it.
    while (this.#isFull() && this.#ring.firstOffset < floor && this.#ring.size > 2) {
      this.#drop();
    }
    taken += this.#enforceBounds();
    if (taken > 0) {
      this.#onTaken(taken);
    }
  }

  /** Offset up to which nobody holds events back. */
  #floor(): number {
    let floor = this.#ring.nextOffset;
    for (const watcher of this.#watchers) {
      if (watcher.holdsBack) {
        floor = Math.min(floor, watcher.cursor);
      }
    }
    return floor;
  }

  #isFull(): boolean {
    return (
      this.#ring.size > this.#limits.ringEventsMax || this.#ring.bytes > this.#limits.ringBytesMax
    );
  }

  /**
   * Holds the bounds that hold even against a watcher that holds back: very many tiny events, or too
   * little memory for all feeds together. Says how many bytes of items were dropped untaken.
   */
  #enforceBounds(): number {
    let untaken = 0;
    while (this.#ring.size > 2 * this.#limits.ringEventsMax) {
      untaken += this.#drop();
    }
    if (this.#memory.isOverdrawn) {
      this.#memory.relieve();
    }
    while (this.#memory.isOverdrawn && this.#ring.size > 1) {
      untaken += this.#drop();
    }
    return untaken;
  }

  /** Drops the oldest event; says how many bytes of an item went untaken. */
  #drop(): number {
    const offset = this.#ring.firstOffset;
    const untaken = offset < this.#takenThrough ? 0 : itemBytes(this.#ring.at(offset));
    this.#memory.give(this.#ring.dropFirst());
    this.#takenThrough = Math.max(this.#takenThrough, this.#ring.firstOffset);
    return untaken;
  }

  async #change(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wakes.add(resolve);
    const abort = (): void => resolve();
    signal.addEventListener("abort", abort, { once: true });
    await promise;
    signal.removeEventListener("abort", abort);
    this.#wakes.delete(resolve);
  }

  #wakeAll(): void {
    for (const wake of this.#wakes) {
      wake();
    }
    this.#wakes.clear();
  }
}

/** Bytes that the runner gets back as credit. */
function itemBytes(event: OperationEvent | undefined): number {
  return event?.kind === "item" ? event.bytes.length : 0;
}
