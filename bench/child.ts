import { fork } from "node:child_process";

/** What one process asks of another; plain values only. */
type Method = (argument: never) => unknown;

/** A process of a bench. */
export interface Child {
  readonly pid: number;
  /** Calls a method of the child. */
  call<Answer>(method: string, argument?: unknown): Promise<Answer>;
  /** Ends it. */
  stop(): Promise<void>;
}

interface Asked {
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Answered {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: string;
}

/** Starts a process that {@link serveParent} answers in. */
export function startChild(path: string): Child {
  const child = fork(path, {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const exited = Promise.withResolvers<void>();
  let lastId = 0;
  child.on("message", ({ id, answer, error }: Answered) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) {
      asked?.resolve(answer);
    } else {
      asked?.reject(new Error(error));
    }
  });
  child.on("exit", (code, signal) => {
    for (const asked of waiting.values()) {
      asked.reject(new Error(`${path} has ended: ${code ?? signal}`));
    }
    exited.resolve();
  });
  return {
    pid: child.pid ?? 0,
    call: async <Answer>(method: string, argument?: unknown) => {
      lastId += 1;
      const asked = Promise.withResolvers<unknown>();
      waiting.set(lastId, asked);
      child.send({ id: lastId, method, argument } satisfies Asked);
      // The child's method made it; both are of one bench.
      return (await asked.promise) as Answer;
    },
    stop: async () => {
      child.kill("SIGKILL");
      await exited.promise;
    },
  };
}

/** Answers the parent's calls, in a child. */
export function serveParent(methods: Readonly<Record<string, Method>>): void {
  process.on("message", ({ id, method, argument }: Asked) => {
    void (async () => {
      try {
        const answer = await methods[method]?.(argument as never);
        process.send?.({ id, answer } satisfies Answered);
      } catch (error) {
        process.send?.({ id, error: String(error) } satisfies Answered);
      }
    })();
  });
}

/** Processor time of this process so far, in microseconds. */
export function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
