import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import { describeFailure } from "@holdfast/protocol/operations/operation-failure.ts";
import type { Storage } from "../../stores.ts";
import type { Tunnels } from "../../tunnel/tunnels.ts";
import { OperationFeeds } from "../events/operation-feeds.ts";
import type { JournalStep } from "../operation-journal.ts";
import type { OperationLimits } from "../operation-limits.ts";
import { Dispatcher } from "./dispatcher.ts";
import { GroupCommit } from "./group-commit.ts";
import { LiveOperation, type LiveOperationDeps } from "./live-operation.ts";
import type { OperationWork, WorkSources } from "./operation-work.ts";

/** What operations need of the rest of the control plane. */
export interface LiveOperationsDeps {
  readonly storage: Storage;
  readonly tunnels: Tunnels;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: OperationLimits;
  readonly openCredentials: WorkSources["openCredentials"];
  readonly seal: WorkSources["seal"];
}

/** How many transitions go into one transaction at most. */
const commitBatchMax = 100;

/** All operations of this process that have not ended, and what moves them on. */
export class LiveOperations {
  readonly commit: GroupCommit;
  readonly feeds: OperationFeeds;
  readonly dispatcher: Dispatcher;
  readonly #deps: LiveOperationDeps;
  readonly #live = new Map<string, LiveOperation>();
  readonly #beginning = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  #isDraining = false;

  constructor(deps: LiveOperationsDeps) {
    this.commit = new GroupCommit(deps.storage, commitBatchMax);
    this.feeds = new OperationFeeds(deps.clock, deps.limits, this.#stop.signal);
    this.dispatcher = new Dispatcher(deps.tunnels, deps.limits);
    this.#deps = {
      clock: deps.clock,
      log: deps.log,
      limits: deps.limits,
      commit: this.commit,
      feeds: this.feeds,
      sources: {
        connections: deps.storage.read.connections,
        openCredentials: deps.openCredentials,
        seal: deps.seal,
      },
      signal: this.#stop.signal,
      onEnded: (live) => {
        this.#live.delete(live.operation.id);
        this.dispatcher.forget(live);
      },
      onReturned: (live, reason) => {
        if (reason === "runner.queue_full") {
          this.dispatcher.runnerIsFull(live.operation.runnerId);
        }
        this.dispatcher.takeBack(live);
      },
      onReleased: (live) => this.dispatcher.forget(live),
    };
  }

  /** An operation that has not ended; undefined if it has, or is not ours. */
  find(organizationId: string, operationId: string): LiveOperation | undefined {
    const live = this.#live.get(operationId);
    return live?.operation.organizationId === organizationId ? live : undefined;
  }

  /**
   * Runs `beginning`, which may add an operation; a drain waits for it.
   *
   * @throws {Failure} `control_plane.shutting_down` during a drain.
   */
  async begin<Value>(beginning: () => Promise<Value>): Promise<Value> {
    if (this.#isDraining) {
      throw new Failure("control_plane.shutting_down", "The control plane is shutting down.");
    }
    const running = beginning();
    this.#beginning.add(running);
    try {
      return await running;
    } finally {
      this.#beginning.delete(running);
    }
  }

  /** Takes over an operation whose beginning has been recorded. */
  add(begun: {
    readonly steps: readonly [JournalStep, ...JournalStep[]];
    readonly work: OperationWork;
    readonly waits: boolean;
  }): LiveOperation {
    const live = new LiveOperation(this.#deps, begun);
    this.#live.set(live.operation.id, live);
    live.start();
    return live;
  }

  /**
   * Takes no more operations, ends those that wait, and gives the others `deadlineMs` milliseconds;
   * then they end as lost. When it returns, every end has been recorded.
   */
  async drain(deadlineMs: number): Promise<void> {
    this.#isDraining = true;
    await Promise.allSettled(this.#beginning);
    this.#failAll((live) => live.operation.state === "queued", {
      code: "control_plane.shutting_down",
      message: "The control plane is shutting down; nothing was sent to the runner.",
    });
    await this.#allEndedWithin(deadlineMs);
    this.#failAll(() => true, {
      code: "runner.lost",
      message: "The control plane was shut down while the operation ran.",
    });
    await this.#allEnded();
    this.#stop.abort();
  }

  #failAll(
    matches: (live: LiveOperation) => boolean,
    failure: {
      readonly code: "control_plane.shutting_down" | "runner.lost";
      readonly message: string;
    },
  ): void {
    for (const live of [...this.#live.values()].filter((each) => matches(each))) {
      live.fail(describeFailure(failure.code, failure.message));
    }
  }

  async #allEnded(): Promise<void> {
    await Promise.all([...this.#live.values()].map(async ({ ended }) => await ended));
  }

  async #allEndedWithin(deadlineMs: number): Promise<void> {
    const over = new AbortController();
    const deadline = this.#deps.clock.wait(deadlineMs, over.signal).catch(() => undefined);
    await Promise.race([this.#allEnded(), deadline]);
    over.abort();
  }
}
