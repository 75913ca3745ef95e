import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Storage, Stores } from "../stores.ts";

/**
 * Records what the pipeline itself did, in a transaction of its own.
 *
 * @param organizationId whose chain; undefined for the installation's.
 */
export async function appendAudit(
  deps: { readonly storage: Storage; readonly clock: Clock },
  organizationId: string | undefined,
  event: Omit<Parameters<Stores["audit"]["append"]>[0], "organizationId">,
): Promise<void> {
  const nowMs = deps.clock.nowMs();
  await deps.storage.write(async (stores) => {
    await stores.audit.append({ organizationId, ...event }, nowMs);
  });
}
