import { access, constants } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { Secret } from "@holdfast/foundation/secret.ts";
import type { ChildSessions } from "../../children/child-sessions.ts";
import { type Child, type ChildEnd, runChild, startChild } from "../../children/run-child.ts";
import type { PulumiSettings } from "../../settings.ts";
import { type ChildValues, childEnvironment } from "./child-environment.ts";
import type { Masker } from "./masker.ts";
import type { PrivateFolder } from "./private-folder.ts";

/** Exit codes of the CLI (pkg/cmd/pulumi/cmd/exit_codes.go). */
export const cliExitCodes = { stackNotFound: 6, changesFound: 7 } as const;

/** What the CLI works with on this machine. */
export interface PulumiParts {
  readonly settings: PulumiSettings;
  readonly stateFolder: string;
  readonly clock: Clock;
  readonly sessions: ChildSessions;
}

/** The CLI for one operation: its folder, its values, its masks. */
export class PulumiCli {
  readonly #parts: PulumiParts;
  readonly #folder: PrivateFolder;
  readonly #values: ChildValues;
  readonly #masker: Masker;

  constructor(parts: PulumiParts, folder: PrivateFolder, values: ChildValues, masker: Masker) {
    this.#parts = parts;
    this.#folder = folder;
    this.#values = values;
    this.#masker = masker;
  }

  /** Runs a command that runs no program: it gets what reaches the backend, and no more. */
  async run(
    folder: string,
    args: readonly string[],
    signal: AbortSignal,
    input?: Secret<string>,
  ): Promise<ChildEnd> {
    const end = await runChild(
      {
        ...this.#command(folder, args, { ...this.#values, program: new Map() }),
        ...(input === undefined ? {} : { input }),
      },
      this.#parts,
      signal,
    );
    signal.throwIfAborted();
    return end;
  }

  /** As {@link PulumiCli.run}; a command that fails is a failure of the operation. */
  async mustRun(
    folder: string,
    args: readonly string[],
    signal: AbortSignal,
    input?: Secret<string>,
  ): Promise<void> {
    const end = await this.run(folder, args, signal, input);
    if (end.exitCode !== 0) {
      throw this.failureOf(end, "");
    }
  }

  /**
   * Starts a command that runs the program, with all that the program may have; its events go into
   * `descriptor`.
   */
  async start(folder: string, args: readonly string[], descriptor: number): Promise<Child> {
    const command = { ...this.#command(folder, args, this.#values), descriptor };
    const child = startChild(command, this.#parts);
    const mark = await child.mark;
    if (mark !== undefined) {
      await this.#folder.noteChild(mark);
    }
    return child;
  }

  /** What a command that failed means. `errors` is what the engine said, if it came so far. */
  failureOf(end: ChildEnd, errors: string): Failure {
    const printed = this.#masker.mask(errorsOf(end.errorText));
    // The CLI has no exit code for it; this sentence is held against the real CLI by a test.
    if (printed.includes("the stack is currently locked by")) {
      return new Failure(
        "pulumi.stack_locked",
        "Another update of the stack is running, or one has left its lock behind.",
      );
    }
    if (end.exitCode === cliExitCodes.stackNotFound) {
      return new Failure("cloud.not_found", `The backend does not have it: ${printed}`);
    }
    const said = [errors.trim(), printed].find((text) => text !== "");
    return new Failure(
      "pulumi.update_failed",
      said ?? `The Pulumi CLI ended with code ${end.exitCode ?? "unknown"} and said nothing.`,
    );
  }

  #command(
    folder: string,
    args: readonly string[],
    values: ChildValues,
  ): {
    program: string;
    arguments: readonly string[];
    folder: string;
    environment: Readonly<Record<string, string>>;
  } {
    const { settings } = this.#parts;
    return {
      program: cliProgram(settings),
      arguments: [...args, "--non-interactive", "--color", "never"],
      folder,
      environment: childEnvironment(settings, this.#folder, values),
    };
  }
}

/** @throws {Failure} `pulumi.not_available` if there is no CLI where the settings say. */
export async function checkCli(settings: PulumiSettings): Promise<void> {
  const program = cliProgram(settings);
  await access(program, constants.X_OK).catch((cause: unknown) => {
    throw new Failure("pulumi.not_available", `The Pulumi CLI is not at ${program}.`, { cause });
  });
}

function cliProgram(settings: PulumiSettings): string {
  return join(settings.root, "bin", "pulumi");
}

/** The lines of standard error from the first error on: what stands before are warnings. */
function errorsOf(text: string): string {
  const at = text.search(/^error: /m);
  return (at < 0 ? text : text.slice(at)).trim().slice(0, 2_000);
}
