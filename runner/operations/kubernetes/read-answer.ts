import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { z } from "zod";
import { listSchema, type Metadata } from "../../clouds/kubernetes/objects.ts";

/** Reads one object of an answer. @throws {Failure} `cloud.failed` if it is of another form. */
export function readObject<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
): z.output<Schema> {
  const read = schema.safeParse(answer);
  if (!read.success) {
    throw new Failure(
      "cloud.failed",
      "The cluster answered in a form that the runner does not know.",
      {
        cause: read.error,
      },
    );
  }
  return read.data;
}

/** One page of a list. */
export interface Page<Entry> {
  readonly items: readonly Entry[];
  /** Empty when this was the last page. */
  readonly continueToken: string;
}

/** Reads a page of a list. @throws {Failure} `cloud.failed` if it is of another form. */
export function readPage<Schema extends z.ZodType>(
  schema: Schema,
  answer: unknown,
): Page<z.output<Schema>> {
  const list = readObject(listSchema, answer);
  return {
    items: list.items.map((item) => readObject(schema, item)),
    continueToken: list.metadata.continue ?? "",
  };
}

/** What every object says of itself. */
export function describeMetadata({ name, uid, labels, creationTimestamp }: Metadata): {
  readonly name: string;
  readonly uid: string;
  readonly labels: Record<string, string>;
  readonly createdAt?: Timestamp;
} {
  const createdAtMs = Date.parse(creationTimestamp ?? "");
  return {
    name,
    uid,
    labels: labels ?? {},
    ...(Number.isNaN(createdAtMs) ? {} : { createdAt: timestampFromMs(createdAtMs) }),
  };
}
