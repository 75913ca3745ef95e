import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { environmentWith } from "../parts/environment.ts";
import { PartFailure } from "../parts/part-failure.ts";
import { quote } from "../parts/run.ts";

/** One long-running program of a cluster. Its output goes to a file of its name. */
export class Daemon {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #logPath: string;
  readonly #ended: Promise<void>;
  #end: string | undefined;

  constructor(
    name: string,
    command: readonly string[],
    logFolder: string,
    environment: NodeJS.ProcessEnv = environmentWith({}),
  ) {
    this.name = name;
    this.#logPath = join(logFolder, `${name}.log`);
    const log = openSync(this.#logPath, "a");
    const [program = "", ...args] = command;
    this.#child = spawn(program, args, {
      cwd: "/",
      env: environment,
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        this.#end = error.message;
        resolve();
      });
      this.#child.on("exit", (code, signal) => {
        this.#end = `ended with ${code ?? signal ?? "nothing"}`;
        resolve();
      });
    });
  }

  /** Process number, as this machine sees it. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** @throws {PartFailure} with the last lines of its log, if it runs no longer. */
  async requireRunning(): Promise<void> {
    if (this.#end !== undefined) {
      throw await this.explain(this.#end);
    }
  }

  /** A failure that says what this program last wrote. */
  async explain(happened: string): Promise<PartFailure> {
    const log = await readFile(this.#logPath, "utf8").catch(() => "");
    return new PartFailure(`${this.name}: ${happened}\n${quote(log)}`, {
      advice: "read the lines above, which are the program's own, and run this again.",
    });
  }

  /** Ends it at once, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }

  /** Waits until it is gone. */
  async waitForEnd(): Promise<void> {
    await this.#ended;
  }
}
