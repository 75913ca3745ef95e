import { type ChildProcess, spawn } from "node:child_process";
import { eventually } from "./eventually.ts";

const node = process.execPath;

/** How a process ended. */
export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One of our processes, started from its `main.ts`, with an environment built from nothing. */
export class TestProcess {
  readonly pid: number;
  /** Settles when it has ended and its output has been read. */
  readonly ended: Promise<ProcessEnd>;
  readonly #child: ChildProcess;
  #output = "";
  #errors = "";
  #hasEnded = false;

  constructor(
    main: string,
    options: {
      readonly arguments?: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      readonly directory?: string;
    },
  ) {
    this.#child = spawn(node, [main, ...(options.arguments ?? [])], {
      env: { PATH: "/usr/bin:/bin", ...options.environment },
      cwd: options.directory,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { pid } = this.#child;
    if (pid === undefined) {
      throw new Error(`${main} could not be started`);
    }
    this.pid = pid;
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#output += text;
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#errors += text;
    });
    const { promise, resolve } = Promise.withResolvers<ProcessEnd>();
    this.#child.once("close", (code, signal) => {
      this.#hasEnded = true;
      resolve({ code, signal });
    });
    this.ended = promise;
  }

  /** Everything that it wrote to standard output. */
  get output(): string {
    return this.#output;
  }

  /** Everything that it wrote to standard error. */
  get errors(): string {
    return this.#errors;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** The log lines of either stream that are JSON, in order within each. */
  get log(): readonly Readonly<Record<string, unknown>>[] {
    return `${this.#output}\n${this.#errors}`.split("\n").flatMap((line) => {
      try {
        const value: unknown = line.startsWith("{") ? JSON.parse(line) : undefined;
        return isRecord(value) ? [value] : [];
      } catch {
        // A line that is not whole yet.
        return [];
      }
    });
  }

  /** The first log line of this level. */
  firstOfLevel(level: string): Readonly<Record<string, unknown>> | undefined {
    return this.log.find((line) => line["level"] === level);
  }

  /** Waits for a log line with this message; fails with what the process wrote if it ends before. */
  async logged(message: string, count = 1): Promise<Readonly<Record<string, unknown>>> {
    return await eventually(() => {
      const line = this.log.filter((each) => each["message"] === message)[count - 1];
      if (line === undefined && this.#hasEnded) {
        throw new Error(`it ended without "${message}":\n${this.#output}\n${this.#errors}`);
      }
      return line;
    }, `the log line "${message}"`);
  }

  /** Asks it to end, and waits until it has. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<ProcessEnd> {
    if (!this.#hasEnded) {
      this.#child.kill(signal);
    }
    return await this.ended;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
