import type { Clock } from "@holdfast/foundation/clock.ts";
import { Failure } from "@holdfast/foundation/failure.ts";
import { PulumiCommand } from "@pulumi/pulumi/automation/cmd.js";
import type { EngineEvent } from "@pulumi/pulumi/automation/events.js";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation/index.js";
import { localStack } from "../local/local-stack.ts";
import { readLocalStackArgs } from "../local/local-stack-args.ts";
import type { AutomationEvent, AutomationRequest } from "./contract.ts";
import { makeEngineFolder, projectName } from "./engine-folder.ts";
import { recoverPendingOperations } from "./recover-pending-operations.ts";
import { releaseLock } from "./release-lock.ts";
import { toAutomationEvents } from "./to-automation-events.ts";

/** What an update takes from its surroundings. */
export interface UpdateOptions {
  readonly clock: Clock;
  /** Ends the update in order: what has begun is finished, nothing else is begun. */
  readonly signal: AbortSignal;
  readonly emit: (event: AutomationEvent) => void;
}

/**
 * Brings a stack up with the Automation API: the same program, provider and state as `pulumi up` from the
 * command line. What a killed update left behind is repaired first.
 *
 * @throws {Failure} `settings.invalid` for a file that cannot be read, `pulumi.stack_locked` if another
 *   update runs, `pulumi.update_failed` with what the engine said.
 */
export async function updateStack(
  request: AutomationRequest,
  options: UpdateOptions,
): Promise<void> {
  const { clock, signal, emit } = options;
  const startedAtMs = clock.monotonicMs();
  // Read before anything is started: a wrong setting is told at once.
  const args = await readLocalStackArgs(request);
  const folder = await makeEngineFolder(request);
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: request.stackName, projectName, program: async () => localStack(args) },
    {
      workDir: folder.workDir,
      pulumiHome: folder.home,
      envVars: { ...folder.environment },
      pulumiCommand: await PulumiCommand.get({ root: request.pulumiRoot }),
    },
  );
  if (await releaseLock(folder.backend, { stack, clock, signal })) {
    emit({ event: "recovered", what: "the lock of an update that was killed" });
  }
  for (const what of await recoverPendingOperations(stack, folder.workDir, signal)) {
    emit({ event: "recovered", what });
  }
  const { outputs, summary } = await up(stack, options);
  emit({
    event: "done",
    changes: { ...summary.resourceChanges },
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value])),
    durationMs: Math.round(clock.monotonicMs() - startedAtMs),
  });
}

async function up(stack: Stack, { signal, emit }: UpdateOptions) {
  const reasons: string[] = [];
  const onEvent = (event: EngineEvent): void => {
    for (const each of toAutomationEvents(event)) {
      if (each.event === "diagnostic" && each.severity === "error") {
        reasons.push(each.message.trim());
      }
      emit(each);
    }
  };
  try {
    return await stack.up({ onEvent, signal, color: "never" });
  } catch (cause) {
    throw new Failure(
      "pulumi.update_failed",
      signal.aborted
        ? "The update was canceled."
        : `The stack could not be updated.\n${reasons.join("\n") || lastLines(cause)}`,
      { cause },
    );
  }
}

/** The engine tells everything in events; without any, the CLI itself has failed. */
function lastLines(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : "";
  return text.split("\n").slice(-12).join("\n");
}
