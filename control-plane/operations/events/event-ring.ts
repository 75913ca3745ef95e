/** A kept event with its place in the sequence. */
export interface NumberedEvent<Event> {
  /** Counts the events from 0. */
  readonly offset: number;
  readonly event: Event;
}

/**
 * The latest events of a sequence, by offset. Offsets count from 0 and are never used twice; what was
 * dropped stays dropped. How many to keep is the owner's decision.
 */
export class EventRing<Event> {
  #kept: { readonly event: Event; readonly bytes: number }[] = [];
  #head = 0;
  #firstOffset = 0;
  #bytes = 0;

  /** Offset of the oldest event that is kept; equal to {@link nextOffset} if there is none. */
  get firstOffset(): number {
    return this.#firstOffset;
  }

  /** Offset that the next event will have. */
  get nextOffset(): number {
    return this.#firstOffset + this.size;
  }

  get size(): number {
    return this.#kept.length - this.#head;
  }

  /** What the kept events weigh together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds the newest event, which weighs `bytes`. */
  push(event: Event, bytes: number): void {
    this.#kept.push({ event, bytes });
    this.#bytes += bytes;
  }

  /** The event at `offset`; undefined if it was dropped or is yet to come. */
  at(offset: number): Event | undefined {
    return offset < this.#firstOffset
      ? undefined
      : this.#kept[this.#head + offset - this.#firstOffset]?.event;
  }

  /** Drops the oldest event and says what it weighed; 0 if there is none. */
  dropFirst(): number {
    const dropped = this.#kept[this.#head];
    if (dropped === undefined) {
      return 0;
    }
    this.#head += 1;
    this.#firstOffset += 1;
    this.#bytes -= dropped.bytes;
    // Compacting at half keeps each drop cheap on average without ever holding dead events for long.
    if (this.#head * 2 >= this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head);
      this.#head = 0;
    }
    return dropped.bytes;
  }
}
