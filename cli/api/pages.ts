import type {
  PageRequest,
  PageResponse,
} from "@holdfast/protocol/generated/holdfast/v1/failure_pb.ts";

/** One page of a list, as every list of the API answers. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly page: PageResponse | undefined;
}

const pageSize = 500;
/** More pages than any list has: a server that repeats itself does not keep us forever. */
const pagesMax = 10_000;

/** All items of a list, page by page. `limit` ends it early. */
export async function readPages<Item>(
  read: (page: Pick<PageRequest, "size" | "token">) => Promise<Page<Item>>,
  limit: number = Number.POSITIVE_INFINITY,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  let token = "";
  for (let count = 0; count < pagesMax && items.length < limit; count += 1) {
    const answer = await read({ size: Math.min(pageSize, limit - items.length), token });
    items.push(...answer.items);
    token = answer.page?.nextToken ?? "";
    if (token === "") {
      break;
    }
  }
  return items.slice(0, limit);
}
