import { type ChildProcess, spawn } from "node:child_process";
import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { ProcessMark } from "../state/process-mark.ts";
import { processMark } from "../state/process-mark.ts";
import { type ChildSessions, killSession, send } from "./child-sessions.ts";

/** How long a child may take to end after the first and after the second SIGINT, in milliseconds. */
const interruptMsMax = 20_000;
const secondInterruptMsMax = 4_000;

/** How much of what a child writes to standard error is kept, in characters: the last of it. */
const errorTextMax = 16 * 1024;

/** A program to run. */
export interface ChildCommand {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly folder: string;
  /** All of its environment: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>;
  /** What it reads from standard input. */
  readonly input?: Secret<string>;
  /** An open file that it gets as descriptor 3. */
  readonly descriptor?: number;
}

/** How a child ended. */
export interface ChildEnd {
  /** Undefined if a signal ended it or it could not be started. */
  readonly exitCode: number | undefined;
  /** The last of what it wrote to standard error. */
  readonly errorText: string;
  /** Whether it had to be killed: it did not clean up after itself. */
  readonly wasKilled: boolean;
}

/** A child that runs. */
export interface Child {
  /** What tells it apart, also from a later runner's point of view; undefined if it never started. */
  readonly mark: Promise<ProcessMark | undefined>;
  readonly ended: Promise<ChildEnd>;
  /** Interrupts it; insists if that does not help. Safe to repeat. */
  interrupt(): void;
}

/** What running a child takes. */
export interface ChildParts {
  readonly clock: Clock;
  readonly sessions: ChildSessions;
}

/**
 * Starts a child in a session of its own, with an environment made from nothing.
 *
 * guarantee: once `ended` has resolved, nothing that the child has started runs any more.
 */
export function startChild(command: ChildCommand, { clock, sessions }: ChildParts): Child {
  const { descriptor } = command;
  const child = spawn(command.program, command.arguments, {
    cwd: command.folder,
    env: { ...command.environment },
    stdio: ["pipe", "ignore", "pipe", ...(descriptor === undefined ? [] : [descriptor])],
    detached: true,
  });
  const { pid } = child;
  if (pid !== undefined) {
    sessions.add(pid);
  }
  giveInput(child, command.input);
  const exited = new AbortController();
  const state = { isInterrupted: false, wasKilled: false };
  return {
    mark: pid === undefined ? Promise.resolve(undefined) : processMark(pid),
    ended: waitFor(child, exited, sessions).then((end) => ({ ...end, ...pick(state) })),
    interrupt: () => {
      if (pid === undefined || state.isInterrupted || exited.signal.aborted) {
        return;
      }
      state.isInterrupted = true;
      void interrupt(pid, clock, exited.signal, () => {
        state.wasKilled = true;
      });
    },
  };
}

/** Runs a child to its end; `signal` interrupts it. */
export async function runChild(
  command: ChildCommand,
  parts: ChildParts,
  signal: AbortSignal,
): Promise<ChildEnd> {
  signal.throwIfAborted();
  const child = startChild(command, parts);
  const interrupt = (): void => child.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    return await child.ended;
  } finally {
    signal.removeEventListener("abort", interrupt);
  }
}

function pick({ wasKilled }: { readonly wasKilled: boolean }): Pick<ChildEnd, "wasKilled"> {
  return { wasKilled };
}

function giveInput({ stdin }: ChildProcess, input: Secret<string> | undefined): void {
  // A child that ends without having read it all is judged by its exit code.
  stdin?.on("error", () => undefined);
  stdin?.end(input === undefined ? "" : input.expose());
}

async function waitFor(
  child: ChildProcess,
  exited: AbortController,
  sessions: ChildSessions,
): Promise<Omit<ChildEnd, "wasKilled">> {
  let errorText = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    errorText = (errorText + text).slice(-errorTextMax);
  });
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  child.on("error", (error) => {
    errorText += error.message;
    resolve(undefined);
  });
  // Not `close`: what the child has left running may hold the pipe open for ever.
  child.on("exit", (code) => resolve(code ?? undefined));
  const exitCode = await promise;
  exited.abort();
  if (child.pid !== undefined) {
    await killSession(child.pid);
    sessions.remove(child.pid);
  }
  await drained(child);
  return { exitCode, errorText };
}

/** What was written before the end has yet to be read. */
async function drained(child: ChildProcess): Promise<void> {
  const { stderr } = child;
  if (stderr === null || stderr.destroyed || stderr.readableEnded) {
    return;
  }
  await new Promise<void>((resolve) => {
    stderr.on("close", () => resolve());
  });
}

/** @param killing called before it comes to killing. */
async function interrupt(
  pid: number,
  clock: Clock,
  exited: AbortSignal,
  killing: () => void,
): Promise<void> {
  for (const waitMs of [interruptMsMax, secondInterruptMsMax]) {
    send(pid, "SIGINT");
    if (!(await waits(clock, waitMs, exited))) {
      return;
    }
  }
  killing();
  await killSession(pid);
}

/** Whether the time passed before the child ended. */
async function waits(clock: Clock, delayMs: number, exited: AbortSignal): Promise<boolean> {
  try {
    await clock.wait(delayMs, exited);
    return true;
  } catch {
    return false;
  }
}
