import type { AuditEvent } from "../../audit/audit-record.ts";
import type { Storage, Stores } from "../../stores.ts";

/** What a piece of work answers, and what it leaves in the audit. */
export interface Written<Value> {
  readonly value: Value;
  readonly audit: readonly AuditEntry[];
}

/** Something that happened, and when. */
export interface AuditEntry {
  readonly event: AuditEvent;
  readonly atMs: number;
}

interface Attempt {
  readonly audit: readonly AuditEntry[];
  /** Tells whoever waits, once all of it is durable. */
  readonly tell: () => void;
}

interface Entry {
  readonly attempt: (stores: Stores) => Promise<Attempt>;
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
   * Does `work` and writes its audit in one transaction, and answers once that is durable. It may be
   * done twice, never with a first attempt that stays: a batch that fails is repeated piece by piece.
   */
  async write<Value>(work: (stores: Stores) => Promise<Written<Value>>): Promise<Value> {
    const { promise, resolve, reject } = Promise.withResolvers<Value>();
    this.#waiting.push({
      attempt: async (stores) => {
        const { value, audit } = await work(stores);
        return { audit, tell: () => resolve(value) };
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
      const attempts = await this.#storage.write(async (stores) => await attemptAll(stores, batch));
      for (const { tell } of attempts) {
        tell();
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

async function attemptAll(stores: Stores, batch: readonly Entry[]): Promise<readonly Attempt[]> {
  const attempts: Attempt[] = [];
  for (const entry of batch) {
    attempts.push(await entry.attempt(stores));
  }
  // Last, since an append locks the end of the chain until the transaction ends.
  for (const { event, atMs } of attempts.flatMap(({ audit }) => audit)) {
    await stores.audit.append(event, atMs);
  }
  return attempts;
}
