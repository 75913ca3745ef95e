import { findRunner } from "./find-runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

/**
 * Revokes all credentials of a runner, removes it with its service account, and cuts its tunnels.
 *
 * @throws {Failure} `runner.not_found`; `runner.in_use` if a connection still names it.
 */
export async function deleteRunner(
  deps: RunnerDependencies,
  actor: string,
  target: { readonly organizationId: string; readonly runner: string },
): Promise<void> {
  const runner = await deps.storage.write(async (stores) => {
    const found = await findRunner(stores, target.organizationId, target.runner);
    await stores.runners.delete(found.organizationId, found.id);
    if (found.serviceAccountId !== undefined) {
      await stores.serviceAccounts.delete(found.serviceAccountId);
    }
    await stores.audit.append(
      {
        organizationId: found.organizationId,
        actor,
        action: "runner.deleted",
        subject: found.id,
        detail: { name: found.name },
      },
      deps.clock.nowMs(),
    );
    return found;
  });
  deps.tunnels.cut({ runnerId: runner.id }, "credentials.revoked", "The runner has been deleted.");
}
