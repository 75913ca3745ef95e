import { makeIdentifier } from "@holdfast/foundation/identifier.ts";
import { descriptionProblems, nameProblems, refuseProblems } from "../named-thing.ts";
import type { Runner } from "./runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

/**
 * Registers a runner.
 *
 * @throws {Failure} `request.invalid` with everything that is wrong; `runner.exists`.
 */
export async function createRunner(
  deps: RunnerDependencies,
  actor: string,
  draft: { readonly organizationId: string; readonly name: string; readonly description: string },
): Promise<Runner> {
  refuseProblems("runner", nameProblems(draft.name), descriptionProblems(draft.description));
  const runner: Runner = {
    id: makeIdentifier("run", deps.random),
    ...draft,
    isEnabled: true,
    serviceAccountId: undefined,
    createdAtMs: deps.clock.nowMs(),
    lastSeenAtMs: undefined,
  };
  return await deps.storage.write(async (stores) => {
    await stores.runners.insert(runner);
    await stores.audit.append(
      {
        organizationId: runner.organizationId,
        actor,
        action: "runner.created",
        subject: runner.id,
        detail: { name: runner.name },
      },
      runner.createdAtMs,
    );
    return runner;
  });
}
