import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Random } from "@holdfast/foundation/random.ts";
import type { Interrupts } from "./interrupts.ts";
import type { Terminal } from "./output/terminal.ts";

/** Everything outside of the process that a command may touch, as main.ts found it. */
export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly terminal: Terminal;
  readonly interrupts: Interrupts;
  /** Variables of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Folder that paths on the command line are relative to. */
  readonly folder: string;
  /** The user's own folder. */
  readonly homeFolder: string;
  /**
   * Goes on as another program of ours: the same process, so that signals, input, output and the exit code
   * are that program's own. It gets our environment without the names that are ours alone, and `settings` on top.
   */
  become(program: readonly string[], settings: Readonly<Record<string, string>>): never;
}
