import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  type AutomationEvent,
  type AutomationRequest,
  automationEventSchema,
  type LocalOutputs,
  localOutputsSchema,
} from "@holdfast/stacks/automation/contract.ts";
import type { World } from "../world.ts";
import { forEachLine } from "./child.ts";
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
  readonly pulumiRoot: string;
  readonly apiPort: number;
  readonly onEvent: (event: AutomationEvent) => void;
}

/**
 * Updates the stack `local` with the Automation API, in a process of its own: the command line never
 * imports the Pulumi SDK. Ctrl-C ends its standard input, which cancels the update.
 *
 * @throws {Failure} `pulumi.update_failed` with what Pulumi says.
 */
export async function updateStack(world: World, parts: StackUpdateParts): Promise<StackUpdate> {
  const program = import.meta.resolve("@holdfast/stacks/automation/main.ts");
  const child = spawn(process.execPath, [fileURLToPath(program)], {
    env: withoutSettings(world.environment),
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
  });
  const errors: string[] = [];
  let last: AutomationEvent | undefined;
  forEachLine(child.stdout, (line) => {
    last = readEvent(line);
    parts.onEvent(last);
  });
  forEachLine(child.stderr, (line) => errors.push(line));
  child.stdin.on("error", () => undefined);
  child.stdin.write(`${JSON.stringify(requestFor(parts))}\n`);
  const interrupt = (): void => {
    child.stdin.end();
  };
  world.interrupts.signal.addEventListener("abort", interrupt, { once: true });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", () => resolve());
    });
  } finally {
    world.interrupts.signal.removeEventListener("abort", interrupt);
  }
  world.interrupts.signal.throwIfAborted();
  if (last?.event === "done") {
    return { changes: last.changes, outputs: localOutputsSchema.parse(last.outputs) };
  }
  const reason = last?.event === "failed" ? last.message : errors.slice(-10).join("\n");
  throw new Failure("pulumi.update_failed", `The stack ${devNames.stack} could not be updated.`, {
    cause: new Error(reason),
  });
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
