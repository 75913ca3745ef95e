import type { Operation } from "../operation.ts";

/** One thing that happened to an operation. */
export type OperationEvent =
  | { readonly kind: "state"; readonly operation: Operation }
  | { readonly kind: "item"; readonly bytes: Uint8Array }
  | { readonly kind: "output"; readonly bytes: Uint8Array };

/** What a watcher sees: what happened, or that some of it is no longer kept. */
export type WatchedEvent = {
  /** Counts the events of an operation from 0; watch from `offset + 1` to go on. */
  readonly offset: number;
  readonly event: OperationEvent | { readonly kind: "gap"; readonly missed: number };
};

// An item's envelope and a copy of an operation, measured roughly: small events must count too.
const envelopeBytes = 128;
const stateBytes = 1_024;

/** What an event weighs in memory, in bytes, roughly. */
export function weightOf(event: OperationEvent): number {
  return event.kind === "state" ? stateBytes : event.bytes.length + envelopeBytes;
}
