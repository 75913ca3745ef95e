import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { type JournalStep, recordSteps } from "../operation-journal.ts";
import type { GroupCommit } from "./group-commit.ts";

/** What recording takes. */
export interface OperationRecorderDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly commit: GroupCommit;
  /** Aborts when the process stops waiting for anything. */
  readonly signal: AbortSignal;
}

const attemptsMax = 5;
const retryMs = 200;

/** Records the transitions of one operation in order. What could not be written is written later. */
export class OperationRecorder {
  readonly #deps: OperationRecorderDeps;
  #steps: JournalStep[] = [];
  #recording: Promise<void> = Promise.resolve();

  constructor(deps: OperationRecorderDeps) {
    this.#deps = deps;
  }

  /** Whether everything is on record. */
  get isEmpty(): boolean {
    return this.#steps.length === 0;
  }

  /** Keeps a transition to be recorded. */
  add(step: JournalStep): void {
    this.#steps.push(step);
  }

  /** Records what is not yet; one write at a time, so that the order holds. */
  async record(): Promise<void> {
    const after = this.#afterTheOthers();
    this.#recording = after;
    await after;
  }

  /** Records with patience: a store that is away for a moment loses nothing. */
  async recordAtLast(operationId: string): Promise<void> {
    const { log, clock, signal } = this.#deps;
    for (let attempt = 1; attempt <= attemptsMax; attempt += 1) {
      try {
        await this.record();
        return;
      } catch (error) {
        log.error("operation could not be recorded", { operationId, attempt }, error);
        if (signal.aborted || isGone(error)) {
          return;
        }
        await clock.wait(retryMs * attempt, signal).catch(() => undefined);
      }
    }
  }

  async #afterTheOthers(): Promise<void> {
    // Whoever asked for the earlier write hears of its failure.
    await this.#recording.catch(() => undefined);
    if (this.#steps.length === 0) {
      return;
    }
    const written = await this.#deps.commit.write(async ({ operations }) => {
      // Chosen when the write begins: what happened while it waited goes along.
      const steps = [...this.#steps];
      return { value: steps.length, audit: await recordSteps(operations, steps) };
    });
    this.#steps = this.#steps.slice(written);
  }
}

/** The organization was deleted with everything in it. */
function isGone(error: unknown): boolean {
  return error instanceof Failure && error.code === "operation.not_found";
}
