import type { Clock } from "@holdfast/foundation/clock.ts";
import type { Log } from "@holdfast/foundation/log.ts";
import type { ChildSessions } from "../children/child-sessions.ts";
import type { RunnerSettings } from "../settings.ts";
import { deploymentsList } from "./kubernetes/deployments-list.ts";
import { namespacesList } from "./kubernetes/namespaces-list.ts";
import { podsGet } from "./kubernetes/pods-get.ts";
import { podsList } from "./kubernetes/pods-list.ts";
import { podsLogs } from "./kubernetes/pods-logs.ts";
import type { OperationHandler } from "./operation.ts";
import { type RunnerFacts, runnerDescribe } from "./runner-describe.ts";

/** What the operations of a runner are made of. */
export interface HandlerParts {
  readonly settings: RunnerSettings;
  readonly clock: Clock;
  readonly log: Log;
  readonly sessions: ChildSessions;
  readonly facts: RunnerFacts;
}

/**
 * Everything that this runner executes: one line for each kind. Those on stacks are there only if the
 * settings name a Pulumi CLI, so that a runner without one never announces them.
 */
export async function runnerHandlers(parts: HandlerParts): Promise<readonly OperationHandler[]> {
  const { kubernetes } = parts.settings;
  return [
    runnerDescribe(parts.facts),
    podsList(kubernetes),
    podsGet(kubernetes),
    podsLogs(kubernetes),
    namespacesList(kubernetes),
    deploymentsList(kubernetes),
    ...(await stackHandlers(parts)),
  ];
}

async function stackHandlers(parts: HandlerParts): Promise<readonly OperationHandler[]> {
  const { settings, clock, log, sessions } = parts;
  if (settings.pulumi === undefined) {
    return [];
  }
  const { pulumiHandlers } = await import("./pulumi/stack-handlers.ts");
  const { sweepPrivateFolders } = await import("./pulumi/private-folder.ts");
  await sweepPrivateFolders(settings.stateFolder, clock, log);
  return pulumiHandlers({
    settings: settings.pulumi,
    stateFolder: settings.stateFolder,
    clock,
    sessions,
  });
}
