import { resolve } from "node:path";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { ReferenceSchema } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import type {
  PulumiSourceSchema,
  PulumiStackInput,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import type { CommandCall } from "../command.ts";
import { parseAssignments, parseReference } from "./reference.ts";
import { makeSourceArchive } from "./source-archive.ts";

/** Options of `operation run` that only kinds of Pulumi take. */
export const pulumiOptions = [
  "source",
  "git",
  "commit",
  "git-username",
  "git-password-secret",
  "folder",
  "stack",
  "project",
  "config",
  "config-secret",
  "env",
  "target",
  "expect-no-changes",
  "message",
  "remove-stack",
] as const;

type References = Record<string, MessageInitShape<typeof ReferenceSchema>>;
type Source = MessageInitShape<typeof PulumiSourceSchema>;

/** What the options of a `pulumi.*` command say, in the form of the input. */
export interface PulumiParts {
  readonly stack?: string;
  readonly source?: Source;
  readonly configuration: References;
  readonly environment: References;
  readonly targets: readonly string[];
  readonly expectNoChanges: boolean;
  readonly message?: string;
  readonly removeStack: boolean;
}

/**
 * Reads the options; packs the program if `--source` names one.
 *
 * @throws {Failure} `cli.usage` if they contradict each other; `pulumi.source_invalid` for the program.
 */
export async function readPulumiOptions(call: CommandCall): Promise<PulumiParts> {
  const { options } = call;
  const stack = options.text("stack");
  const source = await readSource(call);
  const message = options.text("message");
  return {
    ...(stack === undefined ? {} : { stack }),
    ...(source === undefined ? {} : { source }),
    configuration: {
      ...references(options.list("config"), (value) => literal(value), "--config"),
      ...references(
        options.list("config-secret"),
        (value) => parseReference(`secret:${value}`, "--config-secret"),
        "--config-secret",
      ),
    },
    environment: references(
      options.list("env"),
      (value) => parseReference(value, "--env"),
      "--env",
    ),
    targets: options.list("target"),
    expectNoChanges: options.flag("expect-no-changes"),
    ...(message === undefined ? {} : { message }),
    removeStack: options.flag("remove-stack"),
  };
}

/** Puts the options on top of an input that a document or `--input` has made. */
export function mergePulumiParts(
  input: PulumiStackInput,
  parts: PulumiParts,
): MessageInitShape<
  typeof import("@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts").PulumiStackInputSchema
> {
  return {
    stack: parts.stack ?? input.stack,
    ...(parts.source === undefined
      ? input.source === undefined
        ? {}
        : { source: input.source }
      : { source: parts.source }),
    configuration: { ...input.configuration, ...parts.configuration },
    environment: { ...input.environment, ...parts.environment },
    targets: [...input.targets, ...parts.targets],
    expectNoChanges: input.expectNoChanges || parts.expectNoChanges,
    message: parts.message ?? input.message,
    removeStack: input.removeStack || parts.removeStack,
  };
}

async function readSource({ options, world }: CommandCall): Promise<Source | undefined> {
  const folder = options.text("folder") ?? "";
  const path = options.text("source");
  const url = options.text("git");
  if (path !== undefined && url !== undefined) {
    throw new Failure("cli.usage", "A program comes from --source or from --git, not from both.");
  }
  if (path !== undefined) {
    const archive = await makeSourceArchive(resolve(world.folder, path));
    return { source: { case: "archive", value: archive }, folder };
  }
  if (url === undefined) {
    return undefined;
  }
  const secret = options.text("git-password-secret");
  const git = {
    url,
    commit: options.requiredText("commit"),
    username: options.text("git-username") ?? "",
    ...(secret === undefined
      ? {}
      : { password: parseReference(`secret:${secret}`, "--git-password-secret") }),
  };
  return { source: { case: "git", value: git }, folder };
}

function references(
  texts: readonly string[],
  read: (value: string) => MessageInitShape<typeof ReferenceSchema>,
  name: string,
): References {
  return Object.fromEntries(
    parseAssignments(texts, name).map(([key, value]) => [key, read(value)]),
  );
}

/** `--config` takes text as it is: a value that begins with `secret:` is no reference. */
function literal(value: string): MessageInitShape<typeof ReferenceSchema> {
  return { source: { case: "literal", value } };
}
