import { spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, open } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { environmentWith, readEnvironment } from "./environment.ts";
import { PartFailure } from "./part-failure.ts";

/** How a program is run to its end. */
export interface RunOptions {
  /** Working folder; the caller's if absent. */
  readonly folder?: string;
  /** Added to the inherited environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The file that the program reads on standard input; nothing if absent. */
  readonly inputPath?: string;
  /** Killed after this many milliseconds; never if absent. */
  readonly timeoutMs?: number;
  /** What the developer does if it fails, as a whole sentence. */
  readonly advice: string;
}

/** What a program printed. */
export interface RunResult {
  readonly stdout: string;
  readonly stderr: string;
}

/** How much of a failed program's output goes into the message. */
const quotedLinesMax = 20;

/**
 * Runs a program to its end and returns what it printed.
 *
 * @throws {PartFailure} if it cannot be started, is killed, or ends with another exit code than 0; the message
 * quotes its last lines.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const input = options.inputPath === undefined ? undefined : await open(options.inputPath);
  const child = spawn(command, args, {
    cwd: options.folder,
    env: environmentWith(options.environment ?? {}),
    stdio: [input?.fd ?? "ignore", "pipe", "pipe"],
    ...(options.timeoutMs === undefined
      ? {}
      : { timeout: options.timeoutMs, killSignal: "SIGKILL" }),
  });
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => stdout.push(text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr.push(text));
  const end = new Promise<number | string>((resolve, reject) => {
    child.on("error", (error) => {
      const happened = `${command} could not be started: ${error.message}.`;
      reject(new PartFailure(happened, { advice: options.advice, cause: error }));
    });
    child.on("close", (code, signal) => {
      resolve(code ?? signal ?? "unknown");
    });
  });
  // The program has its own copy of the open file.
  const [ended] = await Promise.all([end, input?.close()]);
  if (ended !== 0) {
    throw new PartFailure(
      `"${[command, ...args].join(" ")}" ended with ${ended}.\n${quote(stderr.join("") || stdout.join(""))}`,
      { advice: options.advice },
    );
  }
  return { stdout: stdout.join(""), stderr: stderr.join("") };
}

/** The last lines of a program's output, indented for a message. */
export function quote(output: string): string {
  const lines = output.trimEnd().split("\n").slice(-quotedLinesMax);
  return lines.map((line) => `    | ${line}`).join("\n");
}

/** The absolute path of a program that a shell would find on `PATH`, or undefined. */
export async function findOnPath(name: string): Promise<string | undefined> {
  for (const folder of (readEnvironment("PATH") ?? "").split(delimiter)) {
    const path = join(folder, name);
    if (folder !== "" && (await isExecutable(path))) {
      return path;
    }
  }
  return undefined;
}

/** Whether there is a file at `path` that we may run. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
