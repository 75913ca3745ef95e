import { Failure } from "@holdfast/foundation/failure.ts";
import fc from "fast-check";
import { expect, test } from "vitest";
import { operationLimits } from "../operation-limits.ts";
import type { WatchedEvent } from "./operation-event.ts";
import { type FeedMemory, OperationFeed } from "./operation-feed.ts";

/** Memory that a test can make scarce. */
class TestMemory implements FeedMemory {
  usedBytes = 0;
  maxBytes = Number.POSITIVE_INFINITY;
  relieved = 0;

  get isOverdrawn(): boolean {
    return this.usedBytes > this.maxBytes;
  }

  take(bytes: number): void {
    this.usedBytes += bytes;
  }

  give(bytes: number): void {
    this.usedBytes -= bytes;
  }

  relieve(): void {
    this.relieved += 1;
  }
}

const envelope = 128;

function openFeed(limits: Partial<typeof operationLimits> = {}) {
  const memory = new TestMemory();
  const taken = { bytes: 0 };
  const feed = new OperationFeed({
    organizationId: "org_1",
    limits: { ...operationLimits, ...limits },
    memory,
    onTaken: (bytes) => {
      taken.bytes += bytes;
    },
  });
  const watch = (offset = 0, holdsBack = true, signal = new AbortController().signal) =>
    feed.watch({ offset, holdsBack, signal });
  return { feed, memory, taken, watch };
}

const item = (bytes: number) => ({ kind: "item", bytes: new Uint8Array(bytes) }) as const;

function seen(result: IteratorResult<WatchedEvent, void>): string {
  if (result.done === true) {
    return "end";
  }
  const { offset, event } = result.value;
  return event.kind === "gap" ? `${offset} gap ${event.missed}` : `${offset} ${event.kind}`;
}

test("bytes that nobody watches count as taken at once", () => {
  const { feed, taken } = openFeed();
  feed.publish(item(10));
  expect(taken.bytes).toBe(10);
});

test("bytes count as taken when the watcher that asked for them asks for more, and not before", async () => {
  const { feed, taken, watch } = openFeed();
  const watcher = watch();
  const first = watcher.next();
  feed.publish(item(10));
  expect(seen(await first)).toBe("0 item");
  expect(taken.bytes).toBe(0);
  const second = watcher.next();
  await Promise.resolve();
  expect(taken.bytes).toBe(10);
  feed.end();
  expect(seen(await second)).toBe("end");
});

test("the slowest watcher that holds back decides, and no longer when it has gone", async () => {
  const { feed, taken, watch } = openFeed();
  const fast = watch();
  const slow = watch();
  const pending = [fast.next(), slow.next()];
  feed.publish(item(10));
  await Promise.all(pending);
  const next = fast.next();
  await Promise.resolve();
  expect(taken.bytes).toBe(0);
  await slow.return();
  expect(taken.bytes).toBe(10);
  feed.end();
  await next;
});

test("whoever did not ask for the operation does not slow it down: it finds a gap instead", async () => {
  const { feed, taken, watch } = openFeed({ ringEventsMax: 3 });
  const watcher = watch(0, false);
  const first = watcher.next();
  feed.publish(item(1));
  expect(seen(await first)).toBe("0 item");
  for (let count = 0; count < 9; count += 1) {
    feed.publish(item(1));
  }
  expect(taken.bytes).toBe(10);
  expect(seen(await watcher.next())).toBe("6 gap 6");
  expect(seen(await watcher.next())).toBe("7 item");
});

test("a watcher that comes late is told how many events it has missed, and goes on from there", async () => {
  const { feed, watch } = openFeed({ ringEventsMax: 3 });
  for (let count = 0; count < 5; count += 1) {
    feed.publish(item(1));
  }
  feed.end();
  const events: string[] = [];
  for await (const value of watch(1)) {
    events.push(seen({ done: false, value }));
  }
  expect(events).toEqual(["1 gap 1", "2 item", "3 item", "4 item"]);
});

test("a watcher that comes back with the next offset sees nothing twice and misses nothing", async () => {
  const { feed, watch } = openFeed();
  feed.publish(item(1));
  feed.publish(item(1));
  feed.end();
  const watcher = watch(1);
  expect(seen(await watcher.next())).toBe("1 item");
  expect(seen(await watcher.next())).toBe("end");
  expect(seen(await watch(2).next())).toBe("end");
});

test("both sides of the bound on kept events and bytes", () => {
  const byCount = openFeed({ ringEventsMax: 3 });
  const byBytes = openFeed({ ringBytesMax: 3 * (100 + envelope) });
  for (const { feed, memory } of [byCount, byBytes]) {
    for (let count = 0; count < 3; count += 1) {
      feed.publish(item(100));
    }
    expect(memory.usedBytes).toBe(3 * (100 + envelope));
    feed.publish(item(100));
    expect(memory.usedBytes).toBe(3 * (100 + envelope));
  }
});

test("the newest two events stay, however large, so that a late watcher finds the output", async () => {
  const { feed, watch } = openFeed({ ringBytesMax: 10 });
  feed.publish(item(50));
  feed.publish({ kind: "output", bytes: new Uint8Array(1_000) });
  feed.publish(item(1));
  feed.end();
  const watcher = watch();
  expect(seen(await watcher.next())).toBe("0 gap 1");
  expect(seen(await watcher.next())).toBe("1 output");
});

test("what is held back is kept beyond the ordinary bound, up to twice as many events and no more", async () => {
  const { feed, memory, taken, watch } = openFeed({ ringEventsMax: 5 });
  const watcher = watch();
  const first = watcher.next();
  feed.publish(item(1));
  await first;
  for (let count = 1; count < 10; count += 1) {
    feed.publish(item(1));
  }
  expect([memory.usedBytes / (1 + envelope), taken.bytes]).toEqual([10, 0]);
  feed.publish(item(1));
  expect([memory.usedBytes / (1 + envelope), taken.bytes]).toEqual([10, 1]);
});

test("when memory is scarce for all, a feed keeps its newest event only, even if a watcher holds back", async () => {
  const { feed, memory, taken, watch } = openFeed();
  const watcher = watch();
  const first = watcher.next();
  feed.publish(item(100));
  await first;
  memory.maxBytes = 150;
  feed.publish(item(100));
  expect(memory.relieved).toBe(1);
  expect(memory.usedBytes).toBe(100 + envelope);
  expect(taken.bytes).toBe(100);
  expect(seen(await watcher.next())).toBe("1 item");
});

test("a watcher whose caller goes away ends, and holds nothing back any more", async () => {
  const { feed, taken, watch } = openFeed();
  const caller = new AbortController();
  const watcher = watch(0, true, caller.signal);
  const waiting = watcher.next();
  caller.abort();
  expect(seen(await waiting)).toBe("end");
  feed.publish(item(5));
  expect(taken.bytes).toBe(5);
});

test("as many watchers as allowed are served, one more is refused", async () => {
  const { feed, watch } = openFeed({ watchersMax: 2 });
  const watchers = [watch(), watch()];
  const pending = watchers.map(async (watcher) => await watcher.next());
  await expect(watch().next()).rejects.toMatchObject({ code: "request.rate_limited" });
  feed.publish(item(1));
  await Promise.all(pending);
  await watchers[0]?.return();
  expect(seen(await watch().next())).toBe("0 item");
  expect(new Failure("request.rate_limited", "x").rule.kind).toBe("exhausted");
});

test("whatever slow and late watchers do, memory stays bounded and no credit is given twice", async () => {
  const action = fc.oneof(
    fc.record({ kind: fc.constant("item" as const), bytes: fc.integer({ min: 1, max: 400 }) }),
    fc.record({
      kind: fc.constant("watch" as const),
      offset: fc.integer({ min: 0, max: 30 }),
      holdsBack: fc.boolean(),
    }),
    fc.record({ kind: fc.constant("read" as const), watcher: fc.nat(5) }),
    fc.record({ kind: fc.constant("leave" as const), watcher: fc.nat(5) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 80 }), async (actions) => {
      const credit = 1_000;
      const limits = { ringEventsMax: 10, ringBytesMax: 2_000 };
      const { feed, memory, taken, watch } = openFeed(limits);
      const watchers: { next: number; readonly stream: AsyncGenerator<WatchedEvent, void> }[] = [];
      let sent = 0;
      let published = 0;
      for (const each of actions) {
        const watcher =
          each.kind === "read" || each.kind === "leave" ? watchers[each.watcher] : undefined;
        // A runner sends no more than it has credit for.
        if (each.kind === "item" && sent + each.bytes - taken.bytes <= credit) {
          sent += each.bytes;
          published += 1;
          feed.publish(item(each.bytes));
        } else if (each.kind === "watch" && watchers.length < 6) {
          watchers.push({ next: each.offset, stream: watch(each.offset, each.holdsBack) });
        } else if (each.kind === "read" && watcher !== undefined && watcher.next < published) {
          const result = await watcher.stream.next();
          if (result.done !== true) {
            const { offset, event } = result.value;
            expect(offset).toBe(
              event.kind === "gap" ? watcher.next + event.missed - 1 : watcher.next,
            );
            watcher.next = offset + 1;
          }
        } else if (each.kind === "leave") {
          await watcher?.stream.return();
        }
        expect(taken.bytes).toBeLessThanOrEqual(sent);
        expect(memory.usedBytes).toBeLessThanOrEqual(
          limits.ringBytesMax + credit + 400 + 2 * limits.ringEventsMax * envelope,
        );
      }
      await Promise.all(watchers.map(async ({ stream }) => await stream.return()));
      expect(taken.bytes).toBe(sent);
    }),
    { numRuns: 200 },
  );
});
