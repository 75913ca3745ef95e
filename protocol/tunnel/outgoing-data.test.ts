import fc from "fast-check";
import { expect, test } from "vitest";
import type { Data, Frame } from "../generated/holdfast/v1/tunnel_pb.ts";
import { makeFrame } from "./frame.ts";
import { tunnelLimits } from "./limits.ts";
import { chunkCost, OutgoingData } from "./outgoing-data.ts";

const { chunkBytesMax, chunkCostMin, outgoingBytes } = tunnelLimits;
const result = (stream: number): Frame => makeFrame({ case: "result", value: { stream } });
const dataOf = (frame: Frame | undefined): Data | undefined =>
  frame?.kind.case === "data" ? frame.kind.value : undefined;

function takeAll(data: OutgoingData): Frame[] {
  const frames: Frame[] = [];
  for (let frame = data.next(); frame !== undefined; frame = data.next()) {
    frames.push(frame);
  }
  return frames;
}

test("an operation never sends more than it has credit for, and all of it once it has", async () => {
  const grants = fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 20 });
  const items = fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(items, grants, async (sizes, more) => {
      const data = new OutgoingData(1, () => undefined);
      let allowed = 10_000;
      data.open(1, allowed);
      const sent = sizes.map((size) => data.send(1, new Uint8Array(size).fill(size % 251), false));
      data.finish(1, result(1));
      const frames: Frame[] = [];
      const rest = sizes.reduce((sum, size) => sum + size + 64, 0) * 70;
      for (const grant of [0, ...more, rest]) {
        data.addCredit(1, grant);
        allowed += grant;
        for (const frame of takeAll(data)) {
          frames.push(frame);
          const chunk = dataOf(frame)?.chunk.length;
          allowed -= chunk === undefined ? 0 : chunkCost(chunk);
          expect(chunk ?? 0).toBeLessThanOrEqual(chunkBytesMax);
          expect(allowed).toBeGreaterThanOrEqual(0);
        }
      }
      await Promise.all(sent);
      expect(frames.at(-1)?.kind.case).toBe("result");
      expect(together(frames)).toEqual(sizes);
    }),
  );
});

/** Lengths of the items that a sequence of chunks makes; every byte must be the item's own. */
function together(frames: readonly Frame[]): number[] {
  const sizes: number[] = [];
  let size = 0;
  let fills = new Set<number>();
  for (const part of frames.flatMap((frame) => dataOf(frame) ?? [])) {
    size += part.chunk.length;
    fills = fills.union(new Set(part.chunk));
    if (part.isLast) {
      expect([...fills]).toEqual(size === 0 ? [] : [size % 251]);
      sizes.push(size);
      size = 0;
      fills = new Set();
    }
  }
  return sizes;
}

test("operations take turns, chunk by chunk, however much one of them has to say", () => {
  const data = new OutgoingData(3, () => undefined);
  for (const stream of [1, 2, 3]) {
    data.open(stream, tunnelLimits.creditBytes);
  }
  void data.send(1, new Uint8Array(10 * chunkBytesMax), false);
  void data.send(2, new Uint8Array(2 * chunkBytesMax), false);
  data.finish(3, result(3));
  const order = takeAll(data).map(({ kind }) =>
    kind.case === "result" || kind.case === "data" ? kind.value.stream : 0,
  );
  expect(order).toEqual([1, 2, 3, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1]);
});

test("whoever sends waits while much is queued, and goes on when little is", async () => {
  const data = new OutgoingData(1, () => undefined);
  data.open(1, 0);
  await data.send(1, new Uint8Array(outgoingBytes), false);
  let hasGoneOn = false;
  const waiting = data.send(1, new Uint8Array(1), false).then(() => {
    hasGoneOn = true;
  });
  await Promise.resolve();
  expect([hasGoneOn, data.next()]).toEqual([false, undefined]);
  data.addCredit(1, chunkCostMin);
  expect(dataOf(data.next())?.chunk.length).toBe(chunkCostMin);
  await waiting;
  expect(hasGoneOn).toBe(true);
});

test("what was dropped does not go out, and whoever waits is told why", async () => {
  const data = new OutgoingData(1, () => undefined);
  data.open(1, 0);
  const waiting = data.send(1, new Uint8Array(outgoingBytes + 1), false);
  data.drop(1, new Error("canceled"));
  await expect(waiting).rejects.toThrow("canceled");
  data.addCredit(1, 1_000_000);
  data.finish(1, result(1));
  expect(takeAll(data).map(({ kind }) => kind.case)).toEqual(["result"]);
});

test("a result needs no credit, but waits for the data before it", () => {
  const data = new OutgoingData(1, () => undefined);
  data.open(1, 0);
  void data.send(1, new Uint8Array(1), true);
  data.finish(1, result(1));
  expect(takeAll(data)).toEqual([]);
  data.addCredit(1, chunkCostMin);
  expect(takeAll(data).map(({ kind }) => kind.case)).toEqual(["data", "result"]);
});

test("credit for an operation that has ended is of no consequence", () => {
  const data = new OutgoingData(1, () => undefined);
  data.addCredit(7, 100);
  data.drop(7, new Error("canceled"));
  expect(data.next()).toBeUndefined();
});

test("when the tunnel has ended nothing goes out, and whoever waits is told why", async () => {
  const data = new OutgoingData(2, () => undefined);
  data.open(1, 0);
  const waiting = data.send(1, new Uint8Array(outgoingBytes + 1), false);
  data.close(new Error("lost"));
  await expect(waiting).rejects.toThrow("lost");
  expect([data.size, data.next()]).toEqual([0, undefined]);
});
