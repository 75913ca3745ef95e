import { isMessage, type Message } from "@bufbuild/protobuf";

/**
 * Whether a message, or one inside it, carries fields that this version does not know. Dropping them
 * would be doing something else than was asked, such as ignoring a newer limit.
 */
export function hasUnknownFields(message: Message): boolean {
  return (message.$unknown?.length ?? 0) > 0 || Object.values(message).some(holdsUnknownFields);
}

function holdsUnknownFields(value: unknown): boolean {
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) {
    return false;
  }
  if (isMessage(value)) {
    return hasUnknownFields(value);
  }
  // Lists, maps, and the wrapper of a oneof.
  return Object.values(value).some(holdsUnknownFields);
}
