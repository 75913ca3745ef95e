import type { Storage, Stores } from "../stores.ts";

interface Entry {
  /** Does the work; answers with what tells the caller, once all of it is durable. */
  readonly attempt: (stores: Stores) => Promise<() => void>;
  readonly fail: (error: unknown) => void;
}

/**
 * Writes of many operations in few transactions: what arrives while a transaction runs goes into the
 * next one together. Each piece of work is atomic and happens in the order of arrival.
 */
export class GroupCommit {
  readonly #storage: Storage;
  readonly #batchMax: number;
  #waiting: Entry[] = [];
  #isRunning = false;

  constructor(storage: Storage, batchMax: number) {
    this.#storage = storage;
    this.#batchMax = batchMax;
  }

  /**
   * Does `work` in a transaction and answers once it is durable. It may be done twice, never with a
   * first attempt that stays: a batch that fails is repeated piece by piece.
   */
  async write<Value>(work: (stores: Stores) => Promise<Value>): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.#waiting.push({
      attempt: async (stores) => {
        const value = await work(stores);
        return () => resolve(value);
      },
      fail: reject,
    });
    if (!this.#isRunning) {
      this.#isRunning = true;
      // It never rejects: each failure goes to the one whose work it was.
      void this.#run();
    }
    return await promise;
  }

  async #run(): Promise<void> {
    // What is asked for in the same turn travels together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, this.#batchMax);
      this.#waiting = this.#waiting.slice(this.#batchMax);
      await this.#writeBatch(batch);
    }
    this.#isRunning = false;
  }

  async #writeBatch(batch: readonly Entry[]): Promise<void> {
    try {
      const tell = await this.#storage.write(async (stores) => {
        const done: (() => void)[] = [];
        for (const entry of batch) {
          done.push(await entry.attempt(stores));
        }
        return done;
      });
      for (const each of tell) {
        each();
      }
    } catch (error) {
      await this.#repeatAlone(batch, error);
    }
  }

  /** One piece of work that cannot be written must not take the others with it. */
  async #repeatAlone(batch: readonly Entry[], error: unknown): Promise<void> {
    const [only] = batch;
    if (batch.length === 1 && only !== undefined) {
      only.fail(error);
      return;
    }
    for (const entry of batch) {
      await this.#writeBatch([entry]);
    }
  }
}
