import type { Clock } from "@holdfast/foundation/clock.ts";
import type { OpenedTunnel } from "../tunnel/tunnel-client.ts";

/** How often open tunnels are asked whether they have told everything. */
const lookMs = 100;

/**
 * Waits until every open tunnel has told all results, which the data in front of them may hold up as long as
 * the caller does not read; or until `over` aborts. Whether all have been told.
 *
 * A goodbye before that would lose them: an update that has succeeded would be recorded as lost.
 */
export async function resultsTold(
  keeper: { readonly tunnels: readonly Pick<OpenedTunnel, "operationsRunning">[] },
  clock: Clock,
  over: AbortSignal,
): Promise<boolean> {
  while (keeper.tunnels.some(({ operationsRunning }) => operationsRunning > 0)) {
    try {
      await clock.wait(lookMs, over);
    } catch (error) {
      if (over.aborted) {
        return false;
      }
      throw error;
    }
  }
  return true;
}
