import type { CommandOptions } from "./command-options.ts";
import type { World } from "./world.ts";

/** Nouns whose names can be completed by asking the control plane. */
export type NameSource =
  | "organization"
  | "runner"
  | "service-account"
  | "secret"
  | "variable"
  | "connection"
  | "operation-kind"
  | "context";

/** What an argument and the value of an option have in common. */
interface ValueSpec {
  /** What it is, without a full stop. */
  readonly about: string;
  /** The only values allowed. */
  readonly choices?: readonly string[];
  /** Whose names the shell completes. */
  readonly names?: NameSource;
}

/** One argument: `<name>` if it is needed, `[name]` if not. */
export interface ArgumentSpec extends ValueSpec {
  readonly name: string;
}

/** One option, in commander's notation: `--overlap <duration>`, `--enable`. */
export interface OptionSpec extends ValueSpec {
  readonly flags: string;
  /** May be given more than once. */
  readonly repeatable?: true;
}

/** What a command is given when it runs. */
export interface CommandCall {
  readonly options: CommandOptions;
  readonly arguments: readonly string[];
  readonly world: World;
}

/** One command as data: enough for help and completion; what it does is imported when it runs. */
export interface CommandSpec {
  readonly name: string;
  /** One line for the list of commands. */
  readonly about: string;
  /** More, for its own help. */
  readonly details?: string;
  readonly arguments?: readonly ArgumentSpec[];
  readonly options?: readonly OptionSpec[];
  /** Whole command lines. */
  readonly examples: readonly string[];
  /** Does it; a number is the exit code, nothing means success. */
  readonly run: (call: CommandCall) => Promise<number | undefined>;
}

/** Commands of one noun; imported only when the noun is named. */
export interface GroupSpec {
  readonly name: string;
  readonly about: string;
  readonly load: () => Promise<readonly CommandSpec[]>;
}
