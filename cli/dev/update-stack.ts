import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type AutomationEvent,
  type AutomationRequest,
  automationEventSchema,
  type LocalOutputs,
  localOutputsSchema,
} from "@holdfast/stacks/automation/contract.ts";
import type { World } from "../world.ts";
import { startChild } from "./child.ts";
import { type Children, lastLine } from "./children.ts";
import { devHost, withoutSettings } from "./control-plane-process.ts";
import type { DevFolder } from "./dev-folder.ts";

/** Names of what the stack `local` makes. */
export const devNames = { organization: "local", runner: "local", stack: "local" } as const;

/** What came of an update. */
export interface StackUpdate {
  readonly changes: Readonly<Record<string, number>>;
  readonly outputs: LocalOutputs;
}

/** What the update needs to know. */
export interface StackUpdateParts {
  readonly folder: DevFolder;
  /** Takes charge of the process. */
  readonly children: Children;
  readonly pulumiRoot: string;
  readonly apiPort: number;
  readonly onEvent: (event: AutomationEvent) => void;
}

/**
 * Updates the stack `local` with the Automation API, in a process of its own: the command line never
 * imports the Pulumi SDK. Ctrl-C asks that process to end, which cancels the update.
 *
 * @throws {Failure} `pulumi.update_failed` with what Pulumi says.
 */
export async function updateStack(world: World, parts: StackUpdateParts): Promise<StackUpdate> {
  let last: AutomationEvent | undefined;
  const child = await startChild({
    programUrl: import.meta.resolve("@holdfast/stacks/automation/main.ts"),
    args: [],
    environment: withoutSettings(world.environment),
    logFile: parts.folder.logs.stackUpdate,
    onLine: (line) => {
      last = readEvent(line);
      parts.onEvent(last);
    },
    clock: world.clock,
  });
  await parts.children.add("stack-update", child);
  child.write(`${JSON.stringify(requestFor(parts))}\n`);
  await unlessInterrupted(world.interrupts.signal, child.ended);
  await parts.children.forget(child);
  if (last?.event === "done") {
    return { changes: last.changes, outputs: localOutputsSchema.parse(last.outputs) };
  }
  const { stackUpdate } = parts.folder.logs;
  const reason = last?.event === "failed" ? last.message : await lastLine(stackUpdate);
  throw new Failure("pulumi.update_failed", `The stack ${devNames.stack} could not be updated.`, {
    cause: new Error(reason),
  });
}

/** Waits for the end, or throws at Ctrl-C: whoever has charge of the process then stops it. */
async function unlessInterrupted(signal: AbortSignal, ended: Promise<unknown>): Promise<void> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([ended, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

function requestFor({ folder, pulumiRoot, apiPort }: StackUpdateParts): AutomationRequest {
  return {
    pulumiRoot,
    stateDir: folder.pulumi,
    stackName: devNames.stack,
    passphraseFile: folder.pulumiPassphrase,
    endpoint: `${devHost}:${apiPort}`,
    caCertificateFile: folder.trust,
    apiKeyFile: folder.administratorKey,
    program: "local",
    settings: {
      organization: devNames.organization,
      runner: devNames.runner,
      certificateRequestFile: folder.runnerRequest,
      stateBackendUrl: pathToFileURL(join(folder.state)).href,
      statePassphraseFile: folder.statePassphrase,
    },
  };
}

function readEvent(line: string): AutomationEvent {
  const read = automationEventSchema.safeParse(parseJson(line));
  return read.success
    ? read.data
    : { event: "diagnostic", severity: "debug", message: "an event of another version" };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
