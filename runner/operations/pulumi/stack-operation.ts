import { Failure } from "@holdfast/foundation/failure.ts";
import { Secret } from "@holdfast/foundation/secret.ts";
import type { PulumiStackInput } from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import type { Child } from "../../children/run-child.ts";
import type { OperationContext } from "../operation.ts";
import { EventReader, type StackEvent } from "./event-reader.ts";
import { namelessPath, openNameless, tailLines } from "./event-tail.ts";
import { obtainSource } from "./obtain-source.ts";
import { makePrivateFolder, type PrivateFolder } from "./private-folder.ts";
import { findProject, type Project, provideModules, writeConfiguration } from "./project.ts";
import { checkCli, cliExitCodes, PulumiCli, type PulumiParts } from "./pulumi-cli.ts";
import { backendOf, resolveValues, type StackValues } from "./stack-values.ts";

/** What can be done to a stack. */
export type StackCommand = "preview" | "up" | "refresh" | "destroy";

/** How long giving a lock back may take after an update was killed, in milliseconds. */
const unlockMsMax = 15_000;

/** An operation that has all it needs. */
interface PreparedStack {
  readonly command: StackCommand;
  readonly input: PulumiStackInput;
  readonly project: Project;
  readonly folder: PrivateFolder;
  readonly cli: PulumiCli;
  readonly values: StackValues;
  readonly configuration: string;
  readonly parts: PulumiParts;
}

/**
 * Runs one operation on a stack in a child process, in a folder of its own, and tells of its events.
 *
 * guarantee: whatever happens, the child and all that it started have ended, the lock is given back and
 *   the folder is gone when this returns.
 *
 * @throws {Failure} `pulumi.*`, and what resolving references throws.
 */
export async function* runStackOperation(
  command: StackCommand,
  input: PulumiStackInput,
  context: OperationContext,
  parts: PulumiParts,
): AsyncGenerator<StackEvent, void, undefined> {
  await checkCli(parts.settings);
  const settings = backendOf(context);
  const folder = await makePrivateFolder(parts.stateFolder, context.operationId);
  try {
    const git = input.source?.source;
    const values = await resolveValues(context, settings, {
      configuration: input.configuration,
      environment: input.environment,
      gitPassword: git?.case === "git" ? git.value.password : undefined,
    });
    await obtainSource(input.source, values.gitPassword, { folder, parts, signal: context.signal });
    const project = await findProject(folder, input.source?.folder ?? "");
    await provideModules(project, parts.settings.modules);
    const cli = new PulumiCli(parts, folder, values.child, values.masker);
    const configuration = await writeConfiguration(
      project,
      input.stack,
      folder,
      values.configuration,
    );
    const prepared = { command, input, project, folder, cli, values, configuration, parts };
    const isNew = await ensureStack(prepared, context.signal);
    await encryptSecrets(prepared, context.signal);
    yield* execute(prepared, context);
    if (isNew && command === "preview") {
      // A preview leaves nothing behind, not even an empty stack.
      await cli.mustRun(project.folder, ["stack", "rm", "--yes", input.stack], context.signal);
    }
  } finally {
    await folder.remove();
  }
}

/** Makes the stack if there is none yet, which only `preview` and `up` may. Whether it did. */
async function ensureStack(
  { command, input, project, cli }: PreparedStack,
  signal: AbortSignal,
): Promise<boolean> {
  const found = await cli.run(project.folder, ["stack", "select", input.stack], signal);
  if (found.exitCode === 0) {
    return false;
  }
  const mayMake = command === "preview" || command === "up";
  if (found.exitCode !== cliExitCodes.stackNotFound || !mayMake) {
    throw cli.failureOf(found, "");
  }
  await cli.mustRun(project.folder, ["stack", "init", input.stack], signal);
  return true;
}

/** Hands secret values to the CLI through its standard input; it writes them encrypted. */
async function encryptSecrets(
  { input, project, cli, values, configuration }: PreparedStack,
  signal: AbortSignal,
): Promise<void> {
  for (const [key, { value, isSecret }] of values.configuration) {
    if (isSecret) {
      await cli.mustRun(
        project.folder,
        ["config", "set", "--secret", key, "--stack", input.stack, "--config-file", configuration],
        signal,
        // The CLI takes one line break off the end.
        new Secret(`${value.expose()}\n`),
      );
    }
  }
}

async function* execute(
  prepared: PreparedStack,
  { signal }: OperationContext,
): AsyncGenerator<StackEvent, void, undefined> {
  const { command, cli, project, folder, values, parts, input } = prepared;
  const reader = new EventReader(values.masker, command === "preview");
  const log = await openNameless(folder.own);
  const child = await cli.start(project.folder, argumentsOf(prepared), log.fd);
  const interrupt = (): void => child.interrupt();
  signal.addEventListener("abort", interrupt, { once: true });
  try {
    for await (const line of tailLines(log, child.ended, parts.clock)) {
      const event = reader.read(line);
      if (event !== undefined) {
        yield event;
      }
    }
    const end = await child.ended;
    signal.throwIfAborted();
    const summary = reader.summary();
    if (summary !== undefined) {
      yield summary;
    }
    if (
      end.exitCode === cliExitCodes.changesFound ||
      (input.expectNoChanges && reader.hasChanges)
    ) {
      throw new Failure("pulumi.changes_found", "The stack has changes, and none were expected.");
    }
    if (end.exitCode !== 0) {
      throw cli.failureOf(end, reader.errors);
    }
  } finally {
    await settle(child, prepared);
    await log.close();
    signal.removeEventListener("abort", interrupt);
  }
}

/** Ends the child if it still runs, and gives back the lock that it could not give back itself. */
async function settle(child: Child, prepared: PreparedStack): Promise<void> {
  child.interrupt();
  const { wasKilled } = await child.ended;
  if (!wasKilled || prepared.command === "preview") {
    return;
  }
  const { cli, project, input, parts } = prepared;
  const late = new AbortController();
  const done = new AbortController();
  void parts.clock.wait(unlockMsMax, done.signal).then(
    () => late.abort(new Failure("operation.not_performed", "The lock could not be given back.")),
    () => undefined,
  );
  try {
    await cli.mustRun(project.folder, ["cancel", "--yes", "--stack", input.stack], late.signal);
  } finally {
    done.abort();
  }
}

function argumentsOf({ command, input, configuration }: PreparedStack): readonly string[] {
  return [
    command,
    ...(command === "preview" ? [] : ["--yes", "--skip-preview"]),
    "--stack",
    input.stack,
    "--config-file",
    configuration,
    "--event-log",
    namelessPath,
    ...input.targets.flatMap((target) => ["--target", target]),
    ...(input.expectNoChanges && command !== "destroy" ? ["--expect-no-changes"] : []),
    ...(input.message === "" ? [] : [`--message=${input.message}`]),
    ...(command === "destroy" && input.removeStack ? ["--remove"] : []),
  ];
}
