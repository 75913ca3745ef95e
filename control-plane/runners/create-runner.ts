import { Failure, type FieldProblem } from "@holdfast/foundation/failure.ts";
import { makeIdentifier, namePattern, nameRule } from "@holdfast/foundation/identifier.ts";
import type { Runner } from "./runner.ts";
import type { RunnerDependencies } from "./runner-dependencies.ts";

const descriptionMax = 1_000;

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
  const fields: readonly FieldProblem[] = [
    ...(namePattern.test(draft.name) ? [] : [{ field: "name", problem: `must be ${nameRule}` }]),
    ...descriptionProblems(draft.description),
  ];
  if (fields.length > 0) {
    throw new Failure("request.invalid", "The runner is not as it should be.", { fields });
  }
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

/** What is wrong with a description; empty if nothing is. */
export function descriptionProblems(description: string): readonly FieldProblem[] {
  return description.length <= descriptionMax
    ? []
    : [{ field: "description", problem: `must be at most ${descriptionMax} characters` }];
}
