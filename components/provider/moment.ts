import type { Timestamp } from "@bufbuild/protobuf/wkt";

/** A moment of the protocol as ISO 8601 text in UTC; empty if it is not set. */
export function momentText(moment: Timestamp | undefined): string {
  return moment === undefined
    ? ""
    : new Date(Number(moment.seconds) * 1_000 + moment.nanos / 1_000_000).toISOString();
}
