import { resolve } from "node:path";
import { create, type DescMessage, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { Failure } from "@holdfast/foundation/failure.ts";
import {
  PulumiCancelInputSchema,
  PulumiStackInputSchema,
} from "@holdfast/protocol/generated/holdfast/v1/operations_pulumi_pb.ts";
import type { CatalogEntry } from "@holdfast/protocol/operations/catalog.ts";
import type { CommandCall } from "../command.ts";
import { readFileUpTo } from "../files/private-file.ts";
import { buildInput, type InputSource } from "./input.ts";
import { mergePulumiParts, pulumiOptions, readPulumiOptions } from "./pulumi-input.ts";
import { parseAssignments } from "./reference.ts";

const documentBytesMax = 24 * 1024 * 1024;

/**
 * The input of an operation in its binary form, from `--input-file`, `--input` and, for kinds of Pulumi,
 * their own options.
 *
 * @throws {Failure} `operation.input_invalid` with all problems; `cli.usage` for options of other kinds.
 */
export async function readInput(call: CommandCall, entry: CatalogEntry): Promise<Uint8Array> {
  const { options } = call;
  const source: InputSource = {
    document: await readDocument(call),
    assignments: parseAssignments(options.list("input"), "--input"),
  };
  const schema: DescMessage = entry.method.input;
  if (isSchema(schema, PulumiStackInputSchema)) {
    const parts = await readPulumiOptions(call);
    const input = create(
      PulumiStackInputSchema,
      mergePulumiParts(buildInput(PulumiStackInputSchema, source), parts),
    );
    return toBinary(PulumiStackInputSchema, input);
  }
  if (isSchema(schema, PulumiCancelInputSchema)) {
    const given = (["project", "stack"] as const).flatMap((name) => {
      const value = options.text(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    const input = buildInput(PulumiCancelInputSchema, {
      ...source,
      assignments: [...source.assignments, ...given],
    });
    return toBinary(PulumiCancelInputSchema, input);
  }
  refusePulumiOptions(call, entry.kind);
  const input: MessageShape<DescMessage> = buildInput(schema, source);
  return toBinary(schema, input);
}

function isSchema(schema: DescMessage, other: DescMessage): boolean {
  return schema.typeName === other.typeName;
}

function refusePulumiOptions({ options }: CommandCall, kind: string): void {
  const given = pulumiOptions.filter(
    (name) =>
      options.text(name) !== undefined || options.flag(name) || options.list(name).length > 0,
  );
  if (given.length > 0) {
    throw new Failure(
      "cli.usage",
      `The kind ${kind} takes no ${given.map((name) => `--${name}`).join(", ")}.`,
    );
  }
}

/** A document is YAML, of which JSON is a part. */
async function readDocument({ options, world }: CommandCall): Promise<unknown> {
  const path = options.text("input-file");
  if (path === undefined) {
    return undefined;
  }
  const bytes =
    path === "-"
      ? await world.terminal.readInput(documentBytesMax)
      : await readFileUpTo(resolve(world.folder, path), documentBytesMax);
  const { parse } = await import("yaml");
  try {
    return parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    // Without its cause: the parser's own message quotes the text, which may be secret.
    throw new Failure("operation.input_invalid", "The input file is neither JSON nor YAML.");
  }
}
