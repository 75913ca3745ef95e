import { type ChildProcess, spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { identifyProcess, killGroup, type ProcessIdentity } from "./process-identity.ts";

/** What starts one of our programs. */
export interface ChildStart {
  /** Module of the program, such as `@holdfast/runner/main.ts`, resolved. */
  readonly programUrl: string;
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Gets what it writes to standard error, and to standard output unless `onLine` takes it. */
  readonly logFile: string;
  /** Takes each line of standard output. */
  readonly onLine?: (line: string) => void;
  readonly clock: Clock;
}

/** How a process ended. */
export interface ChildEnd {
  readonly exitCode: number;
}

/** A program of ours that runs as a process of its own, and ends when we do: its standard input ends then. */
export class Child {
  readonly identity: ProcessIdentity;
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcess;
  readonly #clock: Clock;

  constructor(child: ChildProcess, clock: Clock) {
    this.#process = child;
    this.#clock = clock;
    this.identity = identifyProcess(child.pid ?? 0);
    this.ended = new Promise((resolve) => {
      const end = (exitCode: number): void => resolve({ exitCode });
      child.once("error", () => end(1));
      // Not "exit": what it wrote last must have been read.
      child.once("close", (code) => end(code ?? 1));
    });
  }

  /** Writes to its standard input, which stays open. */
  write(text: string): void {
    this.#process.stdin?.write(text);
  }

  /** Asks it to end in order; after `endMsMax` it is ended. */
  async stop(endMsMax: number): Promise<ChildEnd> {
    this.#process.kill("SIGTERM");
    const done = new AbortController();
    const overdue = this.#clock.wait(endMsMax, done.signal).then(
      () => killGroup(this.identity),
      () => undefined,
    );
    const end = await this.ended;
    done.abort();
    await overdue;
    return end;
  }
}

/** Starts a program. Its group is its own, so that Ctrl-C reaches only us, who stop it in order. */
export async function startChild(start: ChildStart): Promise<Child> {
  const log = await open(start.logFile, "a", 0o600);
  try {
    const child = spawn(process.execPath, [fileURLToPath(start.programUrl), ...start.args], {
      env: start.environment,
      stdio: ["pipe", start.onLine === undefined ? log.fd : "pipe", log.fd],
      detached: true,
    });
    // A child that ends closes the pipe, which is no failure of ours.
    child.stdin?.on("error", () => undefined);
    if (child.stdout !== null && start.onLine !== undefined) {
      forEachLine(child.stdout, start.onLine);
    }
    return new Child(child, start.clock);
  } finally {
    await log.close();
  }
}

/** Hands out whole lines; at the end also one without its newline. */
function forEachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      onLine(line);
    }
  });
  stream.on("end", () => {
    if (rest !== "") {
      onLine(rest);
    }
  });
}
