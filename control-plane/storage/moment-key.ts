import { Failure } from "@holdfast/foundation/failure.ts";

/** Sort key of what is listed by when it was made, the newest first: the moment, then the id. */
export interface MomentKey {
  readonly atMs: number;
  readonly id: string;
}

/** The key as text, such as `1767225600000:op_...`. */
export function writeMomentKey(key: MomentKey): string {
  return `${key.atMs}:${key.id}`;
}

/** @throws {Failure} `request.invalid` if `text` is no such key: page tokens come from callers. */
export function readMomentKey(text: string): MomentKey {
  const [, atMs, id] = /^(\d{1,15}):(\w{1,64})$/.exec(text) ?? [];
  if (atMs === undefined || id === undefined) {
    throw new Failure("request.invalid", "The page token is not one that this list has given.", {
      fields: [{ field: "page.token", problem: "must be `next_token` of the page before" }],
    });
  }
  return { atMs: Number(atMs), id };
}

/** @throws {Failure} `request.invalid` if `text` is no whole number. */
export function readNumberKey(text: string): number {
  if (!/^\d{1,15}$/.test(text)) {
    throw new Failure("request.invalid", "The page token is not one that this list has given.", {
      fields: [{ field: "page.token", problem: "must be `next_token` of the page before" }],
    });
  }
  return Number(text);
}
