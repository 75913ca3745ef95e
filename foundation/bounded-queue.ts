/**
 * A first-in first-out queue that holds at most `max` entries; what happens at the bound is the
 * caller's decision, made where `push` returns false.
 */
export class BoundedQueue<Entry> {
  readonly #max: number;
  #entries: Entry[] = [];
  #head = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** Adds an entry at the end; false, and nothing happened, if the queue is full. */
  push(entry: Entry): boolean {
    if (this.size >= this.#max) {
      return false;
    }
    this.#entries.push(entry);
    return true;
  }

  /** Takes the entry that has waited longest; undefined if there is none. */
  shift(): Entry | undefined {
    if (this.size === 0) {
      return undefined;
    }
    const entry = this.#entries[this.#head];
    this.#head += 1;
    // Compacting at half keeps each shift cheap on average without ever holding dead entries for long.
    if (this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** Removes the first entry that matches; true if there was one. */
  remove(matches: (entry: Entry) => boolean): boolean {
    const index = this.#entries.findIndex((entry, at) => at >= this.#head && matches(entry));
    if (index < 0) {
      return false;
    }
    this.#entries.splice(index, 1);
    return true;
  }
}
