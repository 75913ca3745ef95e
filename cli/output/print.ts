import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import { type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";
import type { Clock } from "@holdfast/foundation/clock.ts";
import type { CommandCall } from "../command.ts";
import { formatDuration } from "../duration.ts";
import { type Column, formatDetails, formatTable } from "./table.ts";

/** How objects of one type are shown. */
export interface View<Schema extends DescMessage> {
  readonly schema: Schema;
  /** Columns of a list. */
  readonly columns: (clock: Clock) => readonly Column<MessageShape<Schema>>[];
  /** What more there is to say of a single one. */
  readonly details?: (clock: Clock) => readonly Column<MessageShape<Schema>>[];
}

/** Prints one object: lines for eyes, or one JSON document. */
export async function printOne<Schema extends DescMessage>(
  { options, world }: CommandCall,
  view: View<Schema>,
  item: MessageShape<Schema> | undefined,
): Promise<undefined> {
  if (item === undefined) {
    return undefined;
  }
  const columns = [...view.columns(world.clock), ...(view.details?.(world.clock) ?? [])];
  await world.terminal.write(
    options.flag("json")
      ? formatJson(messageToJson(view.schema, item))
      : formatDetails(columns, item),
  );
  return undefined;
}

/** Prints a list: a table for eyes, or one JSON array. */
export async function printMany<Schema extends DescMessage>(
  { options, world }: CommandCall,
  view: View<Schema>,
  items: readonly MessageShape<Schema>[],
): Promise<undefined> {
  await world.terminal.write(
    options.flag("json")
      ? formatJson(items.map((item) => messageToJson(view.schema, item)))
      : formatTable(view.columns(world.clock), items),
  );
  return undefined;
}

/** Says what was done: a line for eyes on standard error, or a JSON document on standard output. */
export async function printDone(
  { options, world }: CommandCall,
  sentence: string,
  json: Readonly<Record<string, unknown>>,
): Promise<undefined> {
  if (options.flag("json")) {
    await world.terminal.write(formatJson(json));
  } else {
    world.terminal.note(sentence);
  }
  return undefined;
}

/** A message as JSON with every field, set or not, so that programs can rely on the shape. */
export function messageToJson<Schema extends DescMessage>(
  schema: Schema,
  message: MessageShape<Schema>,
): unknown {
  return toJson(schema, message, { alwaysEmitImplicit: true });
}

/** A JSON document with two spaces and a newline at its end. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** How long ago something was: `3m ago`; nothing if it never was. */
export function ago(time: Timestamp | undefined, clock: Clock): string {
  if (time === undefined) {
    return "";
  }
  const elapsedMs = clock.nowMs() - timestampMs(time);
  if (Math.abs(elapsedMs) < 1_000) {
    return "now";
  }
  return elapsedMs < 0 ? `in ${formatDuration(-elapsedMs)}` : `${formatDuration(elapsedMs)} ago`;
}

/** A moment in UTC: `2026-11-24T22:00:00Z`; nothing if there is none. */
export function moment(time: Timestamp | undefined): string {
  return time === undefined
    ? ""
    : new Date(timestampMs(time)).toISOString().replace(/\.\d+Z$/, "Z");
}
