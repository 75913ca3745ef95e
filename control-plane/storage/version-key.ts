import { Failure } from "@holdfast/foundation/failure.ts";

/** Sort key of versions: whose version, then which. */
export interface VersionKey {
  readonly id: string;
  readonly version: number;
}

/** The key as text, such as `sec_...:3`. */
export function writeVersionKey(key: VersionKey): string {
  return `${key.id}:${key.version}`;
}

/** @throws {Failure} `request.invalid` if `text` is no such key. */
export function readVersionKey(text: string): VersionKey {
  const [, id, version] = /^(\w{1,64}):(\d{1,9})$/.exec(text) ?? [];
  if (id === undefined || version === undefined) {
    throw new Failure("request.invalid", "The page token is not one that this list has given.");
  }
  return { id, version: Number(version) };
}
