import { type ChildProcess, spawn } from "node:child_process";

/** How a program that we run ended. */
export type ProgramEnd =
  | { readonly exitCode: number }
  | { readonly signal: string }
  | { readonly failure: string };

/** What starts a program. */
export interface ProgramStart {
  readonly args: readonly string[];
  readonly folder: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Where the program's output goes; our own if absent. */
  readonly onOutput?: (stream: "stdout" | "stderr", bytes: Buffer) => void;
  /** Hands out what ends the program before its time. */
  readonly onStart?: (end: () => void) => void;
}

/** The Node programs that this host runs; none outlives it. */
export class Programs {
  readonly #children = new Set<ChildProcess>();

  /** Runs Node with these arguments, and returns how it ended. */
  async run(start: ProgramStart): Promise<ProgramEnd> {
    const output = start.onOutput === undefined ? "inherit" : "pipe";
    const child = spawn(process.execPath, start.args, {
      cwd: start.folder,
      env: start.environment,
      stdio: ["ignore", output, output],
    });
    this.#children.add(child);
    child.stdout?.on("data", (bytes: Buffer) => start.onOutput?.("stdout", bytes));
    child.stderr?.on("data", (bytes: Buffer) => start.onOutput?.("stderr", bytes));
    start.onStart?.(() => child.kill("SIGTERM"));
    return await new Promise((resolve) => {
      child.on("error", (error) => {
        this.#children.delete(child);
        resolve({ failure: error.message });
      });
      // Not "exit": what the program printed last must arrive before its end does.
      child.on("close", (code, signal) => {
        this.#children.delete(child);
        resolve(code === null ? { signal: signal ?? "unknown" } : { exitCode: code });
      });
    });
  }

  /** Ends all programs that still run. */
  endAll(): void {
    for (const child of this.#children) {
      child.kill("SIGKILL");
    }
  }
}
