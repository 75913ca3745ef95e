import { type Timestamp, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { Failure } from "@holdfast/foundation/failure.ts";
import type { PageRequest } from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";
import type { Page, PageQuery } from "../page.ts";

const defaultSize = 50;
const sizeMax = 500;

/**
 * Reads which page is wanted. A token is the sort key of the last entry, in base64url, so that a list
 * goes on rightly even if entries came or went in between.
 *
 * @throws {Failure} `request.invalid` for a size above 500 or a token that we did not make.
 */
export function pageQueryOf(page: PageRequest | undefined): PageQuery {
  const size = page?.size ?? 0;
  if (size > sizeMax) {
    throw new Failure("request.invalid", "The page is too large.", {
      fields: [{ field: "page.size", problem: `must be at most ${sizeMax}` }],
    });
  }
  const token = page?.token ?? "";
  return { size: size === 0 ? defaultSize : size, after: token === "" ? undefined : decode(token) };
}

function decode(token: string): string {
  const bytes = Buffer.from(token, "base64url");
  if (bytes.length === 0 || bytes.toString("base64url") !== token) {
    throw new Failure("request.invalid", "The page token is not one of ours.", {
      fields: [{ field: "page.token", problem: "must be `next_token` of the page before" }],
    });
  }
  return bytes.toString("utf8");
}

/** Tells how to go on after a page. */
export function pageResponseOf(page: Page<unknown>): { readonly nextToken: string } {
  return {
    nextToken: page.next === undefined ? "" : Buffer.from(page.next, "utf8").toString("base64url"),
  };
}

/** A moment as the protocol has it. */
export function momentOf(ms: number): Timestamp {
  return timestampFromMs(ms);
}

/** A moment that may not have come: the field is left out then. */
export function momentOrNone<Name extends string>(
  name: Name,
  ms: number | undefined,
): Partial<Record<Name, Timestamp>> {
  // The computed key is exactly `Name`, which TypeScript widens to string.
  return ms === undefined ? {} : ({ [name]: timestampFromMs(ms) } as Record<Name, Timestamp>);
}
