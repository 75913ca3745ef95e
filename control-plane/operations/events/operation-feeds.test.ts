import { expect, test } from "vitest";
import { TestClock } from "../../../test/support/test-clock.ts";
import { operationLimits } from "../operation-limits.ts";
import { OperationFeeds } from "./operation-feeds.ts";

function openFeeds(limits: Partial<typeof operationLimits> = {}) {
  const clock = new TestClock();
  const stop = new AbortController();
  const feeds = new OperationFeeds(clock, { ...operationLimits, ...limits }, stop.signal);
  const open = (id: string) =>
    feeds.open(id, { organizationId: "org_1", onTaken: () => undefined });
  const end = (id: string, bytes: number): void => {
    const feed = open(id);
    feed.publish({ kind: "output", bytes: new Uint8Array(bytes) });
    feed.publish({ kind: "output", bytes: new Uint8Array(1) });
    feed.end();
    feeds.retire(id);
  };
  return { clock, feeds, open, end, stop };
}

/** Lets what waits for the clock go on. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    await Promise.resolve();
  }
}

test("the events of an ended operation are kept for their time and not longer", async () => {
  const { clock, feeds, end } = openFeeds({ endedKeptMs: 1_000 });
  end("op_1", 10);
  await clock.advance(999);
  await settle();
  end("op_2", 10);
  expect(feeds.find("op_1")).toBeDefined();
  await clock.advance(1);
  await settle();
  expect(feeds.find("op_1")).toBeUndefined();
  expect(feeds.find("op_2")).toBeDefined();
  await clock.advance(1_000);
  await settle();
  expect(feeds.usedBytes).toBe(0);
  end("op_3", 10);
  await clock.advance(1_000);
  await settle();
  expect(feeds.usedBytes).toBe(0);
});

test("of ended operations no more than the bound are kept: the first to end goes first", () => {
  const { feeds, end } = openFeeds({ endedKeptMax: 2 });
  for (const id of ["op_1", "op_2", "op_3"]) {
    end(id, 10);
  }
  expect(["op_1", "op_2", "op_3"].map((id) => feeds.find(id) !== undefined)).toEqual([
    false,
    true,
    true,
  ]);
});

test("when memory runs out, ended operations give up their events first, and keep how they ended", () => {
  const { feeds, open, end } = openFeeds({ ringBytesTotalMax: 2_000 });
  end("op_1", 1_000);
  const before = feeds.usedBytes;
  const live = open("op_2");
  live.publish({ kind: "item", bytes: new Uint8Array(500) });
  expect(feeds.usedBytes).toBe(before + 500 + 128);
  live.publish({ kind: "item", bytes: new Uint8Array(500) });
  expect(feeds.usedBytes).toBe(1 + 128 + 2 * (500 + 128));
  expect(feeds.find("op_1")).toBeDefined();
});

test("a feed that was dropped weighs nothing and is not found", () => {
  const { feeds, open } = openFeeds();
  open("op_1").publish({ kind: "item", bytes: new Uint8Array(10) });
  feeds.drop("op_1");
  feeds.retire("op_1");
  expect([feeds.find("op_1"), feeds.usedBytes]).toEqual([undefined, 0]);
});
