import { Failure } from "@holdfast/foundation/failure.ts";
import type { CommandCall } from "../command.ts";

/**
 * Asks before something that cannot be undone. Programs, which cannot be asked, and `--yes` go on.
 *
 * @throws {Failure} `request.canceled` if the answer is no.
 */
export async function confirm({ options, world }: CommandCall, question: string): Promise<void> {
  if (options.flag("yes") || !world.terminal.canAsk) {
    return;
  }
  if (!(await world.terminal.confirm(question))) {
    throw new Failure("request.canceled", "Nothing was done.");
  }
}
