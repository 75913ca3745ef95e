/** Ctrl-C, as commands see it: what the first one does can be said, the second one always ends. */
export interface Interrupts {
  /** Aborts at the first Ctrl-C that no listener has taken, or when the process is to end. */
  readonly signal: AbortSignal;
  /**
   * Takes the first Ctrl-C for `onFirst` until the function returned is called.
   *
   * guarantee: the second one ends the process, whatever the first did.
   */
  take(onFirst: () => void): () => void;
}

/** One press of Ctrl-C may arrive up to three times: from the terminal, from npm and from its shell. */
const samePressMsMax = 300;

/** Counts interrupts and tells listeners. main.ts feeds it from the process's signals. */
export class InterruptCounter implements Interrupts {
  readonly #controller = new AbortController();
  readonly #endNow: () => void;
  readonly #listeners: (() => void)[] = [];
  #lastMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  /** `endNow` ends the process without ceremony. */
  constructor(endNow: () => void) {
    this.#endNow = endNow;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  take(onFirst: () => void): () => void {
    this.#listeners.push(onFirst);
    return () => {
      const index = this.#listeners.indexOf(onFirst);
      if (index >= 0) {
        this.#listeners.splice(index, 1);
      }
    };
  }

  /** An interrupt has arrived, at `nowMs` of a monotonic clock. */
  interrupt(nowMs: number): void {
    const isSamePress = nowMs - this.#lastMs < samePressMsMax;
    this.#lastMs = nowMs;
    if (isSamePress) {
      return;
    }
    this.#count += 1;
    if (this.#count > 1) {
      this.#endNow();
      return;
    }
    const listener = this.#listeners.at(-1);
    if (listener === undefined) {
      this.#controller.abort(new DOMException("interrupted", "AbortError"));
    } else {
      listener();
    }
  }
}
