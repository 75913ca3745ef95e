import { descriptionProblems, refuseProblems } from "../named-thing.ts";
import { findRunner } from "./find-runner.ts";
import type { Runner } from "./runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

/** What may change of a runner; what is undefined stays. */
export interface RunnerChange {
  readonly organizationId: string;
  /** Name or id. */
  readonly runner: string;
  readonly description: string | undefined;
  readonly isEnabled: boolean | undefined;
}

/**
 * Changes a runner. Disabling it cuts its tunnels.
 *
 * @throws {Failure} `runner.not_found`; `request.invalid`.
 */
export async function updateRunner(
  deps: RunnerDependencies,
  actor: string,
  change: RunnerChange,
): Promise<Runner> {
  refuseProblems("runner", descriptionProblems(change.description ?? ""));
  const runner = await deps.storage.write(async (stores) => {
    const present = await findRunner(stores, change.organizationId, change.runner);
    const next: Runner = {
      ...present,
      description: change.description ?? present.description,
      isEnabled: change.isEnabled ?? present.isEnabled,
    };
    await stores.runners.update(next);
    await stores.audit.append(
      {
        organizationId: next.organizationId,
        actor,
        action: "runner.updated",
        subject: next.id,
        detail: { name: next.name, enabled: next.isEnabled },
      },
      deps.clock.nowMs(),
    );
    return next;
  });
  if (!runner.isEnabled) {
    deps.tunnels.cut({ runnerId: runner.id }, "runner.disabled", "The runner has been disabled.");
  }
  return runner;
}
